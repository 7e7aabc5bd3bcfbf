#!lua flags=allow-oom
-- A message that was a dead letter stands at its position by now: nobody is told any more that it does not. Safe to repeat.
--
-- KEYS 1 conversation hash
-- ARGV 1 '0' PUBLIC or '1' STAFF   2 its position: epoch and seq (u32 each, little-endian)
-- Answers how many positions of the lane went.

local field = ARGV[1] == '1' and 'na' or 'va'
local known = redis.call('HGET', KEYS[1], field)
if not known then return 0 end
local rest, gone = {}, 0
for at = 1, #known, 9 do
  if string.sub(known, at + 1, at + 8) == ARGV[2] then
    gone = gone + 1
  else
    rest[#rest + 1] = string.sub(known, at, at + 8)
  end
end
if gone > 0 then redis.call('HSET', KEYS[1], field, table.concat(rest)) end
return gone
