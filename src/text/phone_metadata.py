#!/usr/bin/env python3
"""Turns libphonenumber's PhoneNumberMetadata.xml into phone_metadata.c.

    phone_metadata.py VERSION PhoneNumberMetadata.xml[.gz] > phone_metadata.c

VERSION is libphonenumber's, which the XML itself does not tell.

Every pattern of the metadata describes finitely many prefixes, so each one
becomes a decision graph over the digits of a number; phone_metadata.h
describes how the graphs are laid out.  All patterns that decide one answer
(the type and region of a number with a given calling code and length) are
walked side by side and become one graph, and equal subgraphs are stored once.
"""

import gzip
import sys
import xml.etree.ElementTree

MAX_NATIONAL_DIGITS = 17
END_OF_NUMBER = 10              # the symbol after the digits 0 to 9
NO_REGION = 255
LITERAL_DIGITS = 4              # of a transform rule

# In the numbering of PhoneType.
FIXED_LINE, MOBILE, FIXED_LINE_OR_MOBILE = 0, 1, 2
UNKNOWN = 11
# The order in which libphonenumber asks for the types before fixedLine.
SPECIAL_TYPES = (('premiumRate', 4), ('tollFree', 3), ('sharedCost', 5),
                 ('voip', 6), ('personalNumber', 7), ('pager', 8),
                 ('uan', 9), ('voicemail', 10))


class Unsupported(Exception):
    """The metadata holds something that the tables can't express."""


# Regular expressions: the subset that the metadata uses.  A pattern compiles
# to a list of instructions, tried in order of preference like a backtracking
# matcher would.

class Parser:
    """Recursive descent over one pattern; yields a syntax tree."""

    def __init__(self, pattern):
        self.pattern = pattern
        self.position = 0
        self.groups = 0

    def parse(self):
        tree = self.alternation()
        if self.position != len(self.pattern):
            raise Unsupported(self.pattern)
        return tree

    def peek(self):
        return self.pattern[self.position:self.position + 1]

    def take(self, text):
        if not self.pattern.startswith(text, self.position):
            return False
        self.position += len(text)
        return True

    def alternation(self):
        branches = [self.sequence()]
        while self.take('|'):
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else ('any', branches)

    def sequence(self):
        parts = []
        while self.peek() not in ('', '|', ')'):
            parts.append(self.quantified(self.atom()))
        return ('all', parts)

    def atom(self):
        if self.take('(?:'):
            return self.group(None)
        if self.take('('):
            self.groups += 1
            return self.group(self.groups)
        if self.take('['):
            return ('digit', self.digit_class())
        if self.take('\\d'):
            return ('digit', frozenset(range(10)))
        if self.take('$'):
            return ('end',)
        if self.peek().isdigit():
            self.position += 1
            return ('digit', frozenset([int(self.pattern[self.position - 1])]))
        raise Unsupported(self.pattern)

    def group(self, number):
        tree = self.alternation()
        if not self.take(')'):
            raise Unsupported(self.pattern)
        return tree if number is None else ('group', number, tree)

    def digit_class(self):
        digits = set()
        while not self.take(']'):
            low = high = self.one_digit()
            if self.take('-'):
                high = self.one_digit()
            digits.update(range(low, high + 1))
        return frozenset(digits)

    def one_digit(self):
        if not self.peek().isdigit():
            raise Unsupported(self.pattern)
        self.position += 1
        return int(self.pattern[self.position - 1])

    def quantified(self, tree):
        if self.take('?'):
            return ('repeat', 0, 1, tree)
        if not self.take('{'):
            return tree
        bounds, brace, _ = self.pattern[self.position:].partition('}')
        low, comma, high = bounds.partition(',')
        if not brace or not low.isdigit() or (comma and not high.isdigit()):
            raise Unsupported(self.pattern)
        self.position += len(bounds) + 1
        return ('repeat', int(low), int(high if comma else low), tree)


class Program:
    """A compiled pattern.  Instructions are (operation, argument...) tuples:
    digit SET; split FIRST SECOND; jump TO; save SLOT; end; match."""

    def __init__(self, pattern):
        parser = Parser(pattern)
        tree = parser.parse()
        self.pattern = pattern
        self.groups = parser.groups
        self.code = []
        self.emit(tree)
        self.code.append(('match',))

    def emit(self, tree):
        getattr(self, 'emit_' + tree[0])(*tree[1:])

    def emit_digit(self, digits):
        self.code.append(('digit', digits))

    def emit_end(self):
        self.code.append(('end',))

    def emit_all(self, parts):
        for part in parts:
            self.emit(part)

    def emit_group(self, number, tree):
        self.code.append(('save', 2 * number))
        self.emit(tree)
        self.code.append(('save', 2 * number + 1))

    def emit_any(self, branches):
        jumps = []
        for branch in branches[:-1]:
            split = self.reserve()
            self.emit(branch)
            jumps.append(self.reserve())
            self.code[split] = ('split', split + 1, len(self.code))
        self.emit(branches[-1])
        for jump in jumps:
            self.code[jump] = ('jump', len(self.code))

    def emit_repeat(self, low, high, tree):
        for _ in range(low):
            self.emit(tree)
        splits = []
        for _ in range(high - low):
            splits.append(self.reserve())
            self.emit(tree)
        for split in splits:
            self.code[split] = ('split', split + 1, len(self.code))

    def reserve(self):
        self.code.append(None)
        return len(self.code) - 1


class Language:
    """Which whole numbers a pattern matches, as an automaton built on demand.
    State 0 is dead.  With prefixes, all that begins with a match matches."""

    def __init__(self, pattern, prefixes=False):
        self.program = Program(pattern)
        self.prefixes = prefixes
        self.numbers = {frozenset(): 0}
        self.states = [frozenset()]
        self.next = {}
        self.start = self.number(self.closure([0]))

    def closure(self, addresses):
        seen = set()
        pending = list(addresses)
        while pending:
            address = pending.pop()
            if address in seen:
                continue
            seen.add(address)
            operation, *arguments = self.program.code[address]
            if operation in ('split', 'jump'):
                pending.extend(arguments)
            elif operation == 'save':
                pending.append(address + 1)
            elif operation == 'end':
                raise Unsupported(self.program.pattern)
        final = len(self.program.code) - 1
        if self.prefixes and final in seen:
            return frozenset([final])
        return frozenset(address for address in seen
                         if self.program.code[address][0] in ('digit', 'match'))

    def number(self, state):
        if state not in self.numbers:
            self.numbers[state] = len(self.states)
            self.states.append(state)
        return self.numbers[state]

    def step(self, state, digit):
        key = state * 10 + digit
        if key not in self.next:
            self.next[key] = self.number(self.after(self.states[state], digit))
        return self.next[key]

    def after(self, state, digit):
        final = len(self.program.code) - 1
        if self.prefixes and final in state:
            return state
        return self.closure(
            address + 1 for address in state
            if self.program.code[address][0] == 'digit'
            and digit in self.program.code[address][1])

    def accepts(self, state):
        return len(self.program.code) - 1 in self.states[state]


# The decision graphs.

class Graphs:
    """All graphs, equal subgraphs shared.  A graph is ('leaf', payload) or
    ('node', children), one child for each of 11 symbols."""

    def __init__(self):
        self.known = {}

    def leaf(self, payload):
        return self.share(('leaf', payload))

    def node(self, children, end=None):
        """The last child is for the end of the number; without one that
        symbol does not occur, and any child will do."""
        children = tuple(children)
        children += (children[-1] if end is None else end,)
        if children[0][0] == 'leaf' and all(c is children[0] for c in children):
            return children[0]
        return self.share(('node', children))

    def share(self, graph):
        if graph[0] == 'leaf':
            key = graph
        else:
            key = ('node',) + tuple(id(child) for child in graph[1])
        return self.known.setdefault(key, graph)


class Layout:
    """Puts the graphs into one array of 16-bit words: see phone_metadata.h."""

    def __init__(self, roots):
        self.leaves = sorted({leaf[1] for leaf in self.leaves_below(roots)})
        self.words = list(self.leaves)
        self.placed = {}
        for root in roots:
            self.place(root)
        if len(self.words) > 0xFFFF:
            raise Unsupported('more than 65535 words of graphs')

    @staticmethod
    def leaves_below(roots):
        pending, seen = list(roots), set()
        while pending:
            graph = pending.pop()
            if id(graph) in seen:
                continue
            seen.add(id(graph))
            if graph[0] == 'leaf':
                yield graph
            else:
                pending.extend(graph[1])

    def address(self, graph):
        if graph[0] == 'leaf':
            return self.leaves.index(graph[1])
        return self.placed[id(graph)]

    def place(self, graph):
        if graph[0] == 'leaf' or id(graph) in self.placed:
            return
        children = graph[1]
        mask, targets = 0, [children[0]]
        for symbol in range(1, 11):
            if children[symbol] is not children[symbol - 1]:
                mask |= 1 << (symbol - 1)
                targets.append(children[symbol])
        start = len(self.words)
        self.placed[id(graph)] = start
        self.words += [mask] + [0] * len(targets)
        for target in targets:
            self.place(target)
        for index, target in enumerate(targets):
            self.words[start + 1 + index] = self.address(target)


# The metadata.

def without_space(text):
    return ''.join((text or '').split())


def lengths_of(text):
    """'[5-7],9' -> {5, 6, 7, 9}"""
    lengths = set()
    for item in (text or '').split(','):
        low, dash, high = item.strip('[] ').partition('-')
        if low:
            lengths.update(range(int(low), int(high if dash else low) + 1))
    return lengths


class Description:
    """One kind of numbers of a territory: pattern and lengths."""

    def __init__(self, element):
        self.pattern = without_space(element.findtext('nationalNumberPattern'))
        self.language = Language(self.pattern) if self.pattern else None
        self.lengths, self.local_lengths = set(), set()
        for possible in element.iter('possibleLengths'):
            self.lengths |= lengths_of(possible.get('national'))
            self.local_lengths |= lengths_of(possible.get('localOnly'))


class Territory:
    KINDS = tuple(name for name, _ in SPECIAL_TYPES) + ('fixedLine', 'mobile')

    def __init__(self, element, index):
        self.index = index
        self.id = element.get('id')
        self.calling_code = int(element.get('countryCode'))
        self.is_main = element.get('mainCountryForCode') == 'true'
        self.idd = without_space(element.get('internationalPrefix'))
        self.prefix = without_space(element.get('nationalPrefixForParsing')
                                    or element.get('nationalPrefix'))
        self.transform = ''
        if element.get('nationalPrefixForParsing'):
            self.transform = without_space(
                element.get('nationalPrefixTransformRule'))
        leading = without_space(element.get('leadingDigits'))
        self.leading = Language(leading, prefixes=True) if leading else None
        self.general = Description(element.find('generalDesc'))
        self.kinds = {kind: Description(element.find(kind))
                      for kind in self.KINDS if element.find(kind) is not None}
        self.gather_lengths()
        self.fixed_is_mobile = self.pattern('fixedLine') == self.pattern('mobile')

    def gather_lengths(self):
        """The general description's lengths are those of its kinds."""
        kinds = self.kinds.values()
        self.lengths = set().union(*(kind.lengths for kind in kinds))
        self.local_lengths = (set().union(*(kind.local_lengths for kind in kinds))
                              - self.lengths)
        if not self.lengths or max(self.lengths) > MAX_NATIONAL_DIGITS:
            raise Unsupported('lengths of ' + self.id)

    def pattern(self, kind):
        return self.kinds[kind].pattern if kind in self.kinds else ''

    def literal_and_group(self):
        """'9$1' -> ('9', 1)"""
        literal, dollar, group = self.transform.partition('$')
        if not dollar:
            return '', 0
        if (literal and not literal.isdigit()) or not group.isdigit():
            raise Unsupported(self.transform)
        if len(literal) > LITERAL_DIGITS:
            raise Unsupported(self.transform)
        return literal, int(group)


# Type and region of a number: one graph for each calling code and length.

class TypeGraphs:
    def __init__(self, graphs, territories):
        self.graphs = graphs
        self.territories = territories
        self.languages = []         # of all territories, side by side
        self.plans = [self.plan(territory) for territory in territories]
        self.by_leading_digits = len(territories) > 1

    def plan(self, territory):
        """Where in the row of states the territory's patterns are."""
        places = {'leading': self.place(territory.leading),
                  'general': self.place(territory.general.language)}
        for kind, description in territory.kinds.items():
            places[kind] = self.place(description.language)
        return places

    def place(self, language):
        if language is None:
            return None
        self.languages.append(language)
        return len(self.languages) - 1

    def graph(self, length):
        self.length = length
        self.cache = {}
        states = [language.start for language in self.languages]
        for territory, places in zip(self.territories, self.plans):
            general_fits = length in territory.lengths
            for name, place in places.items():
                if place is None or name == 'leading':
                    continue
                lengths = (territory.lengths if name == 'general'
                           else territory.kinds[name].lengths)
                if not general_fits or (lengths and length not in lengths):
                    states[place] = 0
        return self.build(tuple(self.pruned(states)), length)

    def pruned(self, states):
        """Kills the patterns that can't matter any more, so that fewer
        different rows have to be looked at."""
        states = list(states)
        decided = False
        for territory, places in zip(self.territories, self.plans):
            leading = places['leading'] if self.by_leading_digits else None
            impossible = decided
            if leading is not None:
                if decided:
                    states[leading] = 0
                impossible = impossible or states[leading] == 0
                if self.languages[leading].accepts(states[leading]):
                    decided = True
            general = places['general']
            if general is None or states[general] == 0:
                impossible = True
            if impossible:
                for name, place in places.items():
                    if place is not None and name != 'leading':
                        states[place] = 0
        return states

    def build(self, states, remaining):
        key = (states, remaining)
        if key not in self.cache:
            if remaining == 0:
                graph = self.graphs.leaf(self.answer(states))
            else:
                graph = self.graphs.node(
                    self.build(tuple(self.pruned(self.after(states, digit))),
                               remaining - 1) for digit in range(10))
            self.cache[key] = graph
        return self.cache[key]

    def after(self, states, digit):
        return [state and language.step(state, digit)
                for state, language in zip(states, self.languages)]

    def answer(self, states):
        for territory, places in zip(self.territories, self.plans):
            kind = self.type_of(territory, places, states)
            if not self.by_leading_digits:
                return territory.index << 4 | kind
            if territory.leading is not None:
                if self.matches(states, places['leading']):
                    return territory.index << 4 | kind
            elif kind != UNKNOWN:
                return territory.index << 4 | kind
        return NO_REGION << 4 | UNKNOWN

    def matches(self, states, place):
        return place is not None and self.languages[place].accepts(states[place])

    def type_of(self, territory, places, states):
        def matches(name):
            return self.matches(states, places.get(name))
        if not matches('general'):
            return UNKNOWN
        for name, kind in SPECIAL_TYPES:
            if matches(name):
                return kind
        if matches('fixedLine'):
            both = territory.fixed_is_mobile or matches('mobile')
            return FIXED_LINE_OR_MOBILE if both else FIXED_LINE
        if not territory.fixed_is_mobile and matches('mobile'):
            return MOBILE
        return UNKNOWN


def general_graph(graphs, language, length):
    """Does the general pattern match a number of this length?  No look at the
    possible lengths: libphonenumber does not look at them either."""
    cache = {}

    def build(state, remaining):
        key = (state, remaining)
        if key not in cache:
            if state == 0:
                graph = graphs.leaf(0)
            elif remaining == 0:
                graph = graphs.leaf(int(language.accepts(state)))
            else:
                graph = graphs.node(build(language.step(state, digit), remaining - 1)
                                    for digit in range(10))
            cache[key] = graph
        return cache[key]

    return build(language.start if language else 0, length)


# National prefixes and international dialling prefixes: what a matcher that
# prefers the first alternative takes off the front of a number.

class PrefixGraph:
    def __init__(self, graphs, pattern, group=0, condition=0):
        self.graphs = graphs
        self.program = Program(pattern)
        self.group = group              # what the transform rule keeps
        self.condition = condition      # the group that must not be empty
        if group > self.program.groups:
            raise Unsupported(pattern)
        self.cache = {}
        slots = (None,) * (2 * self.program.groups + 2)
        self.root = self.build(self.threads([(0, slots)], 0), 0, 0)

    def threads(self, entries, position):
        """All that can go on from here, the preferred first."""
        threads, seen = [], set()

        def add(address, slots):
            if address in seen:
                return
            seen.add(address)
            operation, *arguments = self.program.code[address]
            if operation in ('split', 'jump'):
                for target in arguments:
                    add(target, slots)
            elif operation == 'save':
                slot = arguments[0]
                add(address + 1,
                    slots[:slot] + (position,) + slots[slot + 1:])
            else:
                threads.append((address, slots))

        for address, slots in entries:
            add(address, slots)
        return tuple(threads)

    def operation(self, thread):
        return self.program.code[thread[0]][0]

    def build(self, threads, position, best):
        """best: the payload when nothing better matches."""
        for index, thread in enumerate(threads):
            if self.operation(thread) == 'match':
                best = self.payload(thread[1], position)
                threads = threads[:index]
                break
        if not threads:
            return self.graphs.leaf(best)
        key = (threads, position, best)
        if key not in self.cache:
            self.cache[key] = self.graphs.node(
                (self.build(self.after(threads, digit, position), position + 1, best)
                 for digit in range(10)),
                self.graphs.leaf(self.at_end(threads, position, best)))
        return self.cache[key]

    def after(self, threads, digit, position):
        return self.threads(
            [(address + 1, slots) for address, slots in threads
             if self.program.code[address][0] == 'digit'
             and digit in self.program.code[address][1]], position + 1)

    def at_end(self, threads, position, best):
        for thread in threads:
            if self.operation(thread) == 'end':
                beyond = self.threads([(thread[0] + 1, thread[1])], position)
                for other in beyond:
                    if self.operation(other) == 'match':
                        return self.payload(other[1], position)
        return best

    def payload(self, slots, position):
        kept = self.span(slots, self.group)
        if self.span(slots, self.condition)[1] == 0:
            kept = (0, 0)
        if position == 0:
            return 0
        if position > 31 or kept[0] > 15 or kept[1] > 15:
            raise Unsupported(self.program.pattern)
        return 0x8000 | position << 8 | kept[0] << 4 | kept[1]

    @staticmethod
    def span(slots, group):
        if group == 0 or slots[2 * group + 1] is None:
            return (0, 0)
        return (slots[2 * group], slots[2 * group + 1] - slots[2 * group])


# What is printed.

class Tables:
    def __init__(self, territories):
        self.territories = territories
        self.graphs = Graphs()
        self.by_code = {}
        for territory in territories:
            group = self.by_code.setdefault(territory.calling_code, [])
            group.insert(0 if territory.is_main else len(group), territory)
        self.nothing = self.graphs.leaf(0)
        self.types = {code: self.type_graphs(group)
                      for code, group in sorted(self.by_code.items())}
        self.generals = [self.general_graphs(t) for t in territories]
        self.prefixes = [self.prefix_graph(t) for t in territories]
        self.idds = [self.idd_graph(t) for t in territories]
        self.layout = Layout(list(self.roots()))

    def type_graphs(self, group):
        builder = TypeGraphs(self.graphs, group)
        return [builder.graph(length) for length in range(MAX_NATIONAL_DIGITS + 1)]

    def general_graphs(self, territory):
        return [general_graph(self.graphs, territory.general.language, length)
                for length in range(MAX_NATIONAL_DIGITS + 1)]

    def prefix_graph(self, territory):
        if not territory.prefix:
            return self.nothing
        _, group = territory.literal_and_group()
        condition = min(2, Program(territory.prefix).groups) if group else 0
        return PrefixGraph(self.graphs, territory.prefix, group, condition).root

    def idd_graph(self, territory):
        if not territory.idd:
            return self.nothing
        return PrefixGraph(self.graphs, territory.idd).root

    def roots(self):
        """In the order in which a look-up wants them: near each other."""
        for index, territory in enumerate(self.territories):
            yield from (self.idds[index], self.prefixes[index])
        for general in self.generals:
            yield from general
        for graphs in self.types.values():
            yield from graphs

    def main_of(self, code):
        """The index of the calling code's main region."""
        return self.by_code[code][0].index


def rows(values, columns, form='%d'):
    for start in range(0, len(values), columns):
        yield '\t' + ', '.join(form % v for v in values[start:start + columns]) + ','


def mask_of(lengths):
    return sum(1 << length for length in lengths)


def region_row(tables, territory):
    literal, _ = territory.literal_and_group()
    address = tables.layout.address
    index = territory.index
    return '\t{"%s", %d, %d, "%s", %d, %d, 0x%03x, 0x%03x, 0x%05x, 0x%05x,\n\t{%s}},' % (
        territory.id, sorted(tables.by_code).index(territory.calling_code) + 1,
        len(literal), literal,
        address(tables.idds[index]), address(tables.prefixes[index]),
        first_digits(tables.idds[index]), first_digits(tables.prefixes[index]),
        mask_of(territory.lengths), mask_of(territory.local_lengths),
        listed(tables, tables.generals[index]))


def first_digits(graph):
    """Bit d: what begins with digit d may have the prefix."""
    if graph[0] == 'leaf':
        return 0
    return sum(1 << digit for digit in range(10) if graph[1][digit] != ('leaf', 0))


def code_row(tables, code):
    return '\t{%d, %d, "%s", %d,\n\t{%s}},' % (
        tables.main_of(code), len(str(code)), code, code,
        listed(tables, tables.types[code]))


def listed(tables, graphs):
    return ', '.join('%d' % tables.layout.address(graph) for graph in graphs)


def calling_codes(tables):
    """For each three digits the calling code that they begin with."""
    numbers = {code: number for number, code in enumerate(sorted(tables.by_code))}
    for digits in range(1000):
        candidates = (int(('%03d' % digits)[:length]) for length in (1, 2, 3))
        code = 0 if digits < 100 else next((c for c in candidates if c in numbers), 0)
        yield numbers[code] + 1 if code else 0


def regions_by_letters(tables):
    numbers = {t.id: t.index for t in tables.territories if t.id.isalpha()}
    letters = [chr(ord('A') + number) for number in range(26)]
    return [numbers.get(first + second, NO_REGION)
            for first in letters for second in letters]


def print_tables(tables, version):
    codes = sorted(tables.by_code)
    print('/*')
    print(' * Generated by phone_metadata.py from PhoneNumberMetadata.xml %s of' % version)
    print(' * libphonenumber: do not edit.  The data is under the Apache License 2.0; the')
    print(' * notice is in phone_metadata.LICENSE.')
    print(' */')
    print('#include "phone_metadata.h"\n')
    print('const char phone_metadata_name[] = "%s";\n' % version)
    print('const PhoneRegion phone_regions[%d] = {' % len(tables.territories))
    for territory in tables.territories:
        print(region_row(tables, territory))
    print('};\n')
    print('const PhoneCallingCode phone_calling_codes[%d] = {' % (len(codes) + 1))
    print('\t{%d, 0, "", 0, {0}},' % NO_REGION)
    for code in codes:
        print(code_row(tables, code))
    print('};\n')
    print_array('uint8_t phone_code_of_digits[1000]', list(calling_codes(tables)), 20)
    print_array('uint8_t phone_region_of_letters[26 * 26]', regions_by_letters(tables), 26)
    print('const uint16_t phone_graph_leaves = %d;\n' % len(tables.layout.leaves))
    print_array('uint8_t phone_bits_set[1024]', [bin(n).count('1') for n in range(1024)], 32)
    print_array('uint16_t phone_graphs[%d]' % len(tables.layout.words),
                tables.layout.words, 16)
    print_size_check()


def print_size_check():
    """The tables are read by every backend, so their size is kept in sight."""
    arrays = ('phone_regions', 'phone_calling_codes', 'phone_code_of_digits',
              'phone_region_of_letters', 'phone_bits_set', 'phone_graphs')
    print('/* Fails to compile where the tables are larger than 160 KiB. */')
    print('typedef char phone_tables_are_small[(')
    print(' +\n'.join('\tsizeof(%s)' % array for array in arrays))
    print('\t) <= 160 * 1024 ? 1 : -1];')


def print_array(declaration, values, columns):
    print('const %s = {' % declaration)
    for row in rows(values, columns):
        print(row)
    print('};\n')


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    version, path = sys.argv[1:]
    opener = gzip.open if path.endswith('.gz') else open
    with opener(path, 'rb') as file:
        root = xml.etree.ElementTree.parse(file).getroot()
    territories = [Territory(element, index) for index, element
                   in enumerate(root.iter('territory'))]
    if len(territories) >= NO_REGION:
        raise Unsupported('more than 254 territories')
    print_tables(Tables(territories), version)


if __name__ == '__main__':
    sys.setrecursionlimit(10000)
    main()
