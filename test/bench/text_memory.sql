-- In a session of its own: what :call costs when it is first used, and what the
-- backend keeps after a million calls over :values_of.  Anonymous memory is
-- what no other process shares; it is exact to the page.
SET client_min_messages = warning;
SET jit = off;
SET max_parallel_workers_per_gather = 0;

-- scanning and calling a function of the same form come before
SELECT count(bench.copy_text(x)) FROM bench.:values_of \gset

SELECT bench.anonymous_memory() AS memory_before, bench.processor_time() AS time_before \gset
LOAD :'library';
SELECT bench.processor_time() AS time_loaded, bench.anonymous_memory() AS memory_loaded \gset

-- the function is looked up before the first clock is read
SELECT e.ended - e.started AS first_call, e.answer
FROM (SELECT bench.processor_time() AS started, :call AS answer, bench.processor_time() AS ended
	FROM bench.:values_of LIMIT 1) AS e \gset
SELECT count(:call) FROM bench.:values_of \gset
SELECT bench.anonymous_memory() AS memory_after \gset

INSERT INTO bench.first_use
VALUES (:'call', :'values_of', :time_loaded - :time_before, :memory_loaded - :memory_before,
	:first_call, :memory_after - :memory_loaded, :count);
