-- What the scripts have in common that announce changes and settle them.
-- KEYS: 4 entry, 5 lease. ARGV: 6 hash of the key.
local MOST_COUNTED = 4294967295

local function mark(runs)
  local value = struct.pack('>I8I4I4', runs.first, math.min(runs.announced, MOST_COUNTED),
    math.min(runs.running, MOST_COUNTED))
  redis.call('SET', KEYS[5], value, 'PX', runs.left)
end

-- Drops the entry, and tells it: copies of whatever version are out of date, also those of who tells
-- it if another announcement runs. Returns what went wrong with telling, and 1 if there was an entry.
local function drop(stamp, contended)
  local entry, old = load(KEYS[4])
  redis.call('DEL', KEYS[4])
  expireChunks(old, READER_GRACE)
  local bytes = string.sub(KEYS[4], #prefix + 2)
  local failure = tell(1, (contended and '\10' or '\9') .. struct.pack('>I8', stamp) .. ARGV[6]
    .. struct.pack('>I4', #bytes) .. bytes)
  return failure, entry and 1 or 0
end

-- As drop, for a change in an order that nobody knows to those that are announced: nothing is stored
-- under these, and leases are over.
local function dropBeside(runs)
  if runs then
    runs.announced = runs.announced + 1
    mark(runs)
  else
    redis.call('DEL', KEYS[5])
  end
  return drop(give(), runs ~= nil)
end
