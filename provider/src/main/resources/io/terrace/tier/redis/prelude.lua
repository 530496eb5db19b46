-- What every script of a partition begins with.
-- KEYS: 1 state, 2 log, 3 tags. ARGV: 1 floor, 2 origin, 3 partition, 4 channel, 5 length of the log.
-- What stands in Redis is not trusted: reading it never raises an error, and every loop is bounded.
local MAX_STAMP = 9007199254740990
local MOST_STAMPS = 4096
local FIXED = 78
local STALE, LONG, TAGGED = 1, 2, 4
local READER_GRACE = 60000
local MOST_CHUNKS = 16384
local HOUR = 3600000
local KEEP_EPOCH = 30 * 24 * HOUR + HOUR

local prefix = string.sub(KEYS[1], 1, -2)
local clock = redis.call('TIME')
local micros = clock[1] * 1000000 + clock[2]
local millis = math.floor(micros / 1000)

local function get(key)
  local value = redis.pcall('GET', key)
  return type(value) == 'string' and value or nil
end

local last, tail, cleared = 0, 0, 0
do
  local state = get(KEYS[1])
  if state and #state == 24 then
    local l, t, c = struct.unpack('>I8I8I8', state)
    if l > 0 and l <= MAX_STAMP and t <= l and c <= l then
      last, tail, cleared = l, t, c
    end
  end
end

local floor = tonumber(ARGV[1])
if math.max(last, floor, micros) > MAX_STAMP - MOST_STAMPS then
  return redis.error_reply('ERR the stamps of the partition are used up')
end

local function save()
  redis.call('SET', KEYS[1], struct.pack('>I8I8I8', last, tail, cleared))
end

-- The next stamp. Where there was no state, whatever lies in the partition is of a lost one.
local function give()
  local unknown = last == 0
  last = math.max(last + 1, floor + 1, micros)
  if unknown then
    cleared = last - 1
    redis.call('DEL', KEYS[2])
  end
  return last
end

-- Lets a command that takes no memory be the first to write, since Redis lets a script that has
-- begun to write go on: what is removed can be removed from a full server.
local function begin()
  redis.call('PERSIST', KEYS[1])
end

-- Numbers a step by the last stamp, keeps it in the log and tells it. Returns what went wrong.
local function tell(count, changes)
  local message = '\1' .. ARGV[3] .. struct.pack('>I8I8', tail, last) .. ARGV[2]
    .. struct.pack('>I2', count) .. changes
  local id = string.format('%.0f-0', last)
  tail = last
  save()
  local added = redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], id, 'm', message)
  if type(added) == 'table' and added.err then
    redis.call('DEL', KEYS[2])
    redis.pcall('XADD', KEYS[2], id, 'm', message)
  end
  local told = redis.pcall('PUBLISH', ARGV[4], message)
  return type(told) == 'table' and told.err or ''
end

-- What stands in the place of a lease while announcements of the key run, nil if none does: the number
-- of the first, how many there were since, how many of them run, and for how long. Not of this tier is
-- what would stand there for ever.
local function marker(key)
  local value = get(key)
  if not value or #value ~= 16 then
    return nil
  end
  local first, announced, running = struct.unpack('>I8I4I4', value)
  local left = redis.call('PTTL', key)
  if first == 0 or first > MAX_STAMP or running == 0 or running > announced or left < 0 then
    return nil
  end
  return {first = first, announced = announced, running = running, left = math.max(left, 1)}
end

local function isEntry(value)
  return value and #value >= FIXED and string.byte(value) == 1
end

local function flag(value, which)
  return bit.band(string.byte(value, 2), which) ~= 0
end

-- Gives the chunks of a body another time to live; false if one is missing.
local function expireChunks(value, ttl)
  if not isEntry(value) or not flag(value, LONG) or #value < FIXED + 24 then
    return true
  end
  local id = string.sub(value, FIXED + 1, FIXED + 16)
  local count = struct.unpack('>I4', value, FIXED + 21)
  local complete = true
  for n = 0, math.min(count, MOST_CHUNKS) - 1 do
    local found = redis.call('PEXPIRE', prefix .. 'c' .. id .. struct.pack('>I4', n), ttl)
    complete = complete and found == 1
  end
  return complete
end

-- The versions through which the tags of an entry were purged, hard and soft.
local function purgedThrough(value, keep)
  local hard, soft = 0, 0
  if not flag(value, TAGGED) then
    return hard, soft
  end
  local at = FIXED + 1 + (flag(value, LONG) and 24 or 0)
  local length = struct.unpack('>I4', value, 35)
  length = math.min(#value, length)
  if at + 3 > length then
    return hard, soft
  end
  local count = struct.unpack('>I4', value, at)
  at = at + 4
  while count > 0 and at + 3 <= length do
    local size = struct.unpack('>I4', value, at)
    local tag = string.sub(value, at + 4, at + 3 + size)
    local epoch = redis.pcall('HGET', KEYS[3], tag)
    if type(epoch) == 'string' and #epoch == 24 then
      local h, s = struct.unpack('>I8I8', epoch)
      hard, soft = math.max(hard, h), math.max(soft, s)
      if keep then
        redis.call('HSET', KEYS[3], tag, struct.pack('>I8I8I8', h, s, millis + KEEP_EPOCH))
      end
    end
    at = at + 4 + size
    count = count - 1
  end
  return hard, soft
end

-- The entry of a key, nil if there is none, and whatever else is there.
local function load(key)
  local value = get(key)
  if not isEntry(value) then
    return nil, value
  end
  local version, stamp, deadline = struct.unpack('>I8I8i8', value, 3)
  local length = struct.unpack('>I4', value, 35)
  if stamp <= cleared or stamp > last or length < FIXED or length > #value then
    return nil, value
  end
  local hard, soft = purgedThrough(value, false)
  if version <= hard then
    return nil, value
  end
  local stale = flag(value, STALE) or version <= soft
  return {version = version, deadline = deadline, length = length, stale = stale}, value
end
