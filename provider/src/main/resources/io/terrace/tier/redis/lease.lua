-- Looks a key up, or takes the lease of its absence. KEYS: 4 entry, 5 lease. ARGV: 6 life in ms.
-- Answers the last stamp and: 1, the entry, 1 if it is stale; 2, for how long somebody has the lease;
-- 3, the lease; 4, for how long a change
-- of it is announced.
local entry, value = load(KEYS[4])
if entry then
  return {last, 1, value, entry.stale and 1 or 0}
end
local runs = marker(KEYS[5])
if runs then
  return {last, 4, runs.left}
end
local held = get(KEYS[5])
if held and #held == 8 then
  local number = struct.unpack('>I8', held)
  local left = redis.call('PTTL', KEYS[5])
  if number > cleared and number <= last and left > 0 then
    return {last, 2, left}
  end
end
local number = give()
redis.call('SET', KEYS[5], struct.pack('>I8', number), 'PX', ARGV[6])
save()
return {last, 3, number}
