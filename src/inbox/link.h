/*
 * The trigger on ticket tables.
 */
#ifndef USER360_INBOX_LINK_H
#define USER360_INBOX_LINK_H

extern void link_init(void);

#endif
