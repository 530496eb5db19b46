-- Announces a change of a key that is made elsewhere. KEYS: 4 entry, 5 lease. ARGV: 6 hash of the key,
-- 7 life in ms, 0 to have nothing run.
-- Answers the last stamp, what went wrong with telling, the number, and 1 if there was an entry.
begin()
local life = tonumber(ARGV[7])
local runs = marker(KEYS[5])
if life == 0 then
  local failure, dropped = dropBeside(runs)
  return {last, failure, 0, dropped}
end
local number = give()
local contended = runs ~= nil
runs = runs or {first = number, announced = 0, running = 0, left = 0}
runs.announced = runs.announced + 1
runs.running = runs.running + 1
runs.left = math.max(runs.left, life)
mark(runs) -- first: if that fails, nothing is dropped
local failure, dropped = drop(number, contended)
return {last, failure, number, dropped}
