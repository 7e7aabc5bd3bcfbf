#!lua
-- Counts a request of a user against their rate, across all gateways.
--
-- KEYS 1 when the user's allowance is whole again
-- ARGV 1 how many at once   2 milliseconds until one more is allowed, perhaps with a fraction
--
-- Answers how many milliseconds the user has to wait, 0 for a request that is admitted. One that is not costs nothing.

local call = redis.call

local interval = tonumber(ARGV[2])
local clock = call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local whole = math.max(now, tonumber(call('GET', KEYS[1]) or 0)) + interval
local wait = whole - now - interval * ARGV[1]
-- Times with fractions are not exact to the last digit.
if wait > 0.01 then return math.ceil(wait) end
call('SET', KEYS[1], string.format('%.3f', whole), 'PX', math.ceil(whole - now))
return 0
