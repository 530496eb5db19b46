-- Does some operations on keys as one step.
-- KEYS from 4 on: of each operation the entry and the lease. ARGV from 6 on, six of each operation:
--   P condition number version ttl value   puts an entry; version 0: the partition gives it one
--   D condition number reason hash ''      removes an entry; reason X: it was over
--   T 'V' version deadline ttl hash        sets the deadline, which comes with its checksum
--   H tells version checks ttl header      replaces the header that has these checksums
-- Answers the last stamp, what went wrong with telling, and two numbers for each operation: 1 done,
-- 0 refused, 2 the header is another one, 3 chunks are missing; and the version that is concerned.
local CREATED, UPDATED, REMOVED, EXPIRED, HEADER, FILLED = 1, 2, 3, 4, 5, 8
local changes = {}
local stamped = false

local function nextStamp()
  stamped = true
  return give()
end

local function changed(kind, version, hash, key)
  local bytes = string.sub(key, #prefix + 2)
  changes[#changes + 1] = string.char(kind) .. struct.pack('>I8', version) .. hash
    .. struct.pack('>I4', #bytes) .. bytes
end

local function isLeased(op, value)
  local held = get(op.lease)
  if not held or #held ~= 8 or struct.unpack('>I8', held) ~= op.number or op.number <= cleared then
    return false
  end
  -- A purge of one of its tags, since the lease was given, concerns what is to be filled in.
  local hard, soft = purgedThrough(value, false)
  return op.version ~= 0 or math.max(hard, soft) < op.number
end

-- Whether the announcement of this number runs, and was the only one meanwhile. What was cleared since
-- may be what is to be stored.
local function isAnnounced(op)
  local runs = marker(op.lease)
  return runs ~= nil and runs.first == op.number and runs.announced == 1 and op.number > cleared
end

local function holds(op, entry)
  local c = op.condition
  if c == 'A' then return true end
  if c == 'N' then return not entry end
  if c == 'P' then return entry ~= nil end
  if c == 'V' then return entry ~= nil and entry.version == op.number end
  if c == 'O' then return not entry or entry.version < op.number end
  if c == 'L' then return not entry and isLeased(op, op.c) end
  if c == 'U' then return not entry and isAnnounced(op) end
  return false
end

-- Whether this server may evict entries unasked: then others may hold copies of what is absent here.
local function mayEvict()
  local info = redis.pcall('INFO', 'memory')
  return type(info) ~= 'string' or (string.match(info, 'maxmemory:(%d+)') ~= '0'
    and string.match(info, 'maxmemory_policy:(%S+)') ~= 'noeviction')
end

-- What others know of already: they dropped their copies when a change was announced, and where
-- versions are given elsewhere, copies of what left unasked are dropped so, too.
local function isNoNews(op)
  return op.condition == 'U' or op.condition == 'L' and (op.version ~= 0 or not mayEvict())
end

local function put(op, entry, old)
  if not expireChunks(op.c, op.b) then
    return 3, 0
  end
  local stamp = nextStamp()
  if op.version > stamp then
    stamp = op.version
    last = stamp
  end
  local version = op.version ~= 0 and op.version or stamp
  local value = string.sub(op.c, 1, 2) .. struct.pack('>I8I8', version, stamp) .. string.sub(op.c, 19)
  redis.call('SET', op.key, value, 'PX', op.b)
  if not entry then
    redis.call('DEL', op.lease)
  end
  expireChunks(old, READER_GRACE)
  if not isNoNews(op) then
    local kind = op.condition == 'L' and FILLED or entry and UPDATED or CREATED
    changed(kind, version, string.sub(op.c, 39, 54), op.key)
  end
  return 1, version
end

local function remove(op, entry, old)
  redis.call('DEL', op.key)
  if not marker(op.lease) then
    redis.call('DEL', op.lease)
  end
  expireChunks(old, READER_GRACE)
  if not entry then
    if op.condition == 'A' or op.condition == 'N' then
      changed(FILLED, nextStamp(), op.b, op.key) -- others may hold copies of what left unasked
    end
    return 0, 0
  end
  changed(op.a == 'X' and EXPIRED or REMOVED, nextStamp(), op.b, op.key)
  return 1, entry.version
end

local function setDeadline(op, entry, old)
  redis.call('SETRANGE', op.key, 18, op.a)
  redis.call('PEXPIRE', op.key, op.b)
  expireChunks(old, op.b)
  purgedThrough(old, true)
  if struct.unpack('>i8', op.a) < entry.deadline then
    nextStamp()
    changed(HEADER, entry.version, op.c, op.key)
  end
  return 1, entry.version
end

local function setHeader(op, entry, old)
  local isStale = entry.stale and 'S' or 'F'
  if string.sub(old, 27, 34) .. isStale ~= op.a then
    return 2, entry.version
  end
  local value = string.sub(op.c, 1, 2) .. string.sub(old, 3, 18) .. string.sub(op.c, 19)
    .. string.sub(old, entry.length + 1)
  redis.call('SET', op.key, value, 'PX', op.b)
  expireChunks(value, op.b)
  purgedThrough(value, true)
  if op.condition == 'T' then
    nextStamp()
    changed(HEADER, entry.version, string.sub(op.c, 39, 54), op.key)
  end
  return 1, entry.version
end

-- Whether a change of the key is announced that this is not of: it would be out of date.
local function isBeingChanged(op, entry)
  return not entry and op.condition ~= 'U' and marker(op.lease) ~= nil
end

local function run(op)
  local entry, old = load(op.key)
  if op.kind == 'T' or op.kind == 'H' then
    if not entry or entry.version ~= op.number then
      return 0, entry and entry.version or 0
    end
    return (op.kind == 'T' and setDeadline or setHeader)(op, entry, old)
  end
  if not holds(op, entry) or (op.kind == 'P' and isBeingChanged(op, entry)) then
    return 0, entry and entry.version or 0
  end
  return (op.kind == 'P' and put or remove)(op, entry, old)
end

local answer = {0, ''}
local at = 6
for k = 4, #KEYS, 2 do
  local op = {
    key = KEYS[k], lease = KEYS[k + 1],
    kind = ARGV[at], condition = ARGV[at + 1], number = tonumber(ARGV[at + 2]),
    a = ARGV[at + 3], b = ARGV[at + 4], c = ARGV[at + 5]
  }
  if op.kind == 'P' then
    op.version = tonumber(op.a)
  end
  at = at + 6
  local status, version = run(op)
  answer[#answer + 1] = status
  answer[#answer + 1] = version
end
if #changes > 0 then
  answer[2] = tell(#changes, table.concat(changes))
elseif stamped then
  save()
end
answer[1] = last
return answer
