-- Ends every entry and lease of the partition, and tells nobody, unless its server is in the run for which
-- this was done last; one that may not say so is in none. KEYS: 4 that run. Answers the last stamp and
-- 1 if it did.
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
local known = get(KEYS[4])
if known and (known == run or run == '') then
  return {last, 0}
end
begin()
redis.call('SET', KEYS[4], run)
if last == 0 then
  return {last, 0} -- whatever lies here is hidden already
end
cleared = give()
save()
return {last, 1}
