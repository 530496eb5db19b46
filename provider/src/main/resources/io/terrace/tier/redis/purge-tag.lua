-- Purges a tag. ARGV from 6 on: the tag, H or S for hard or soft, the version it goes through. Answers the last stamp and what went wrong with telling.
begin()
local tag, mode, through = ARGV[6], ARGV[7], tonumber(ARGV[8])
local hard, soft = 0, 0
local known = redis.pcall('HGET', KEYS[3], tag)
if type(known) == 'string' and #known == 24 then
  hard, soft = struct.unpack('>I8I8', known)
elseif type(known) == 'table' then
  redis.call('DEL', KEYS[3])
end
if mode == 'H' then
  hard = math.max(hard, through)
else
  soft = math.max(soft, through)
end
redis.call('HSET', KEYS[3], tag, struct.pack('>I8I8I8', hard, soft, millis + KEEP_EPOCH))

-- No entry lives as long as a purge is kept: those that are over are forgotten, a few each time.
if redis.call('HLEN', KEYS[3]) > 64 then
  local some = redis.call('HRANDFIELD', KEYS[3], 8, 'WITHVALUES')
  for i = 1, #some, 2 do
    local epoch = some[i + 1]
    local _, _, keep = struct.unpack('>I8I8I8', epoch .. string.rep('\0', 24))
    if keep < millis then
      redis.call('HDEL', KEYS[3], some[i])
    end
  end
end

floor = math.max(floor, through)
give()
local mark = mode == 'H' and '\1' or '\2'
return {last, tell(1, '\7' .. mark .. struct.pack('>I8I2', through, #tag) .. tag)}
