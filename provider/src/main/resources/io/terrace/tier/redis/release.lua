-- Gives a lease back. KEYS: 1 lease. ARGV: 1 its number, 8 bytes.
local held = redis.pcall('GET', KEYS[1])
if held == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
