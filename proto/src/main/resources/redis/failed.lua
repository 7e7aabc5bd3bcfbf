#!lua flags=allow-oom
-- Counts a token that was no good, by the address it came from, and tells the gateways when it was one too many.
--
-- KEYS 1 counter of the address
-- ARGV 1 most in the window, and in no window more   2 the window (milliseconds)   3 room of the gateways   4 the address
--
-- Answers for how many milliseconds the address is to be refused, 0 for not at all.

local call = redis.call

local count = call('INCR', KEYS[1])
if count == 1 then call('PEXPIRE', KEYS[1], ARGV[2]) end
if count < tonumber(ARGV[1]) then return 0 end
call('PEXPIRE', KEYS[1], ARGV[2])
call('SPUBLISH', ARGV[3], ARGV[4])
return tonumber(ARGV[2])
