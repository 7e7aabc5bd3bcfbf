#!lua flags=no-writes
-- What a reader at some position lacks of one lane, from the tail.
--
-- KEYS 1 conversation hash   2 tail of the lane
-- ARGV 1 lane, '0' PUBLIC or '1' STAFF
--      2 epoch   3 seq of the reader; 0 0 is the beginning
--      4 entries at most, 0 asks for the head only   5 bytes at most
-- Answers nil if there is no such conversation, else
--   { owner, status, epoch, head seq, stored epoch, stored seq, outcome, record … }
--   outcome 'complete', 'more' (ask again from the last one), 'resync' (the position is unknown or older than the tail)

local staff = ARGV[1] == '1'
local c = redis.call('HMGET', KEYS[1], 'o', 'st', 'e', staff and 'n' or 's', staff and 'ne' or 'pe',
  staff and 'ns' or 'ps', 'be', staff and 'bn' or 'bs')
if not c[1] then return false end
local epoch, head = tonumber(c[3] or 0), tonumber(c[4] or 0)
local answer = { c[1], tonumber(c[2]), epoch, head, tonumber(c[5] or 0), tonumber(c[6] or 0), 'complete' }
local entries_max, bytes_max = tonumber(ARGV[4]), tonumber(ARGV[5])
if entries_max == 0 then return answer end

local at_epoch, at = tonumber(ARGV[2]), tonumber(ARGV[3])
local known = (at_epoch == 0 and at == 0)
  or (at_epoch == epoch and at <= head)
  or (at_epoch == tonumber(c[7] or -1) and at <= tonumber(c[8]))
local length = redis.call('LLEN', KEYS[2])
local oldest = head - length + 1
if not known or (at < head and at + 1 < oldest) then
  answer[7] = 'resync'
  return answer
end
if at == head then return answer end

local from = at + 1 - oldest
local bytes = 0
for _, record in ipairs(redis.call('LRANGE', KEYS[2], from, from + entries_max - 1)) do
  bytes = bytes + #record
  if bytes > bytes_max and #answer > 7 then break end
  answer[#answer + 1] = record
end
if #answer - 7 < head - at then answer[7] = 'more' end
return answer
