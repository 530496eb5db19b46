-- Unlinks what is no entry, if it is still the same. KEYS: 4 entry. ARGV: 6 how it begins.
-- Answers 1 if it did.
local value = get(KEYS[4])
if not value or string.sub(value, 1, FIXED) ~= ARGV[6] then
  return 0
end
expireChunks(value, READER_GRACE)
return redis.call('UNLINK', KEYS[4])
