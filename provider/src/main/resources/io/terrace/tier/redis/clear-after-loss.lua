-- Clears the partition unless its server is in the run for which this was done last; one that may not
-- say so is in none. KEYS: 4 that run.
-- Answers the last stamp, what went wrong with telling, and 1 if it cleared.
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
local known = get(KEYS[4])
if known and (known == run or run == '') then
  return {last, '', 0}
end
begin()
redis.call('SET', KEYS[4], run)
if last == 0 then
  return {last, '', 0} -- whatever lies here is hidden already
end
cleared = give()
return {last, tell(1, '\6' .. struct.pack('>I8', cleared)), 1}
