#!lua flags=allow-oom
-- Records that a token, a token's id or all tokens of a user issued until now are not good any more, and tells the gateways. Safe
-- to repeat. Runs at out-of-memory: what it writes is bounded, and nobody stays signed in because Redis is full.
--
-- KEYS 1 counter of records   2 records by number   3 records by the time they end
-- ARGV 1 kind: 't' a token, 'j' a token's id, 'u' a user   2 fingerprint of the first two, name of the last
--      3 for how long it must be known (milliseconds)   4 most records   5 room of the gateways
--
-- Answers the record; false where there are too many already. A record is the kind, for a user the time of this call
-- (milliseconds), then the fingerprint or name, with blanks between.

local call = redis.call

local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
-- What has ended makes room, some at a time: a call stays short.
for _, ended in ipairs(call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, 100)) do
  call('ZREM', KEYS[2], ended)
  call('ZREM', KEYS[3], ended)
end

local record = ARGV[1] .. ' ' .. (ARGV[1] == 'u' and string.format('%.0f ', now) or '') .. ARGV[2]
if call('ZCARD', KEYS[3]) >= tonumber(ARGV[4]) and not call('ZSCORE', KEYS[3], record) then return false end
call('ZADD', KEYS[2], call('INCR', KEYS[1]), record)
call('ZADD', KEYS[3], 'GT', now + ARGV[3], record)
call('SPUBLISH', ARGV[5], '')
return record
