-- Settles an announcement of a key. KEYS: 4 entry, 5 lease. ARGV: 6 hash of the key, 7 its number.
-- Answers the last stamp and what went wrong with telling.
begin()
local number = tonumber(ARGV[7])
local runs = marker(KEYS[5])
if not runs or (number ~= runs.first and (runs.announced == 1 or number < runs.first)) then
  local failure = dropBeside(runs) -- it is over by its time: something may have been filled in since
  return {last, failure}
end
if runs.running == 1 then
  redis.call('DEL', KEYS[5])
else
  runs.running = runs.running - 1
  mark(runs)
end
return {last, ''}
