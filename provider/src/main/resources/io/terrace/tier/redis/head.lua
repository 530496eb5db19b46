-- Reads the state of a partition and how an entry begins, at one instant. KEYS: state, entry. ARGV: the
-- last offset that is wanted.
return {redis.call('GET', KEYS[1]), redis.call('GETRANGE', KEYS[2], 0, ARGV[1])}
