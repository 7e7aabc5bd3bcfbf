#!lua flags=no-writes
-- What a reader at some position lacks of one lane, from the tail.
--
-- KEYS 1 conversation hash   2 tail of the lane
-- ARGV 1 lane, '0' PUBLIC or '1' STAFF
--      2 epoch   3 seq of the reader; 0 0 is the beginning
--      4 messages wanted, 0 asks for the head only   5 bytes wanted; the piece that reaches either is the last
-- Answers nil if there is no such conversation, else
--   { owner, status, epoch, head seq, stored epoch, stored seq, outcome, marks, records … }
--   marks: empty for the STAFF lane, else as one string of u32, the last a u64: owner's read epoch and seq, staff's read epoch and
--   seq, seq of the last message of the owner and of an admin, the epoch before this one and its base, time of the last message (ms)
--   records: each a serialized Publication of one or more messages, the first of which the reader may have already
--   outcome 'complete', 'more' (ask again from the last one), 'resync' (the position is unknown or older than the tail)

local staff = ARGV[1] == '1'
local c = redis.call('HMGET', KEYS[1], 'o', 'st', 'e', staff and 'n' or 's', staff and 'ne' or 'pe',
  staff and 'ns' or 'ps', 'be', staff and 'bn' or 'bs', 'ore', 'ors', 'sre', 'srs', 'los', 'las', 'lt')
if not c[1] then return false end
local epoch, head = tonumber(c[3] or 0), tonumber(c[4] or 0)
local marks = ''
if not staff then
  local n = {}
  for i = 7, 15 do n[i] = tonumber(c[i] or 0) end
  marks = struct.pack('<I4I4I4I4I4I4I4I4I8', n[9], n[10], n[11], n[12], n[13], n[14], n[7], n[8], n[15])
end
local answer = { c[1], tonumber(c[2]), epoch, head, tonumber(c[5] or 0), tonumber(c[6] or 0), 'complete', marks }
local messages_max, bytes_max = tonumber(ARGV[4]), tonumber(ARGV[5])
if messages_max == 0 then return answer end

local at_epoch, at = tonumber(ARGV[2]), tonumber(ARGV[3])
local known = (at_epoch == 0 and at == 0)
  or (at_epoch == epoch and at <= head)
  or (at_epoch == tonumber(c[7] or -1) and at <= tonumber(c[8]))
-- The tail alternates: first seq and number of messages, then their records in one piece.
local function piece(i)
  return struct.unpack('<I4I4', redis.call('LINDEX', KEYS[2], i * 2))
end
local pieces = redis.call('LLEN', KEYS[2]) / 2
local oldest = pieces > 0 and piece(0) or head + 1
if not known or (at < head and at + 1 < oldest) then
  answer[7] = 'resync'
  return answer
end
if at == head then return answer end

-- The piece that holds what comes next.
local low, high = 0, pieces - 1
while low < high do
  local middle = math.ceil((low + high) / 2)
  if piece(middle) <= at + 1 then low = middle else high = middle - 1 end
end

local messages, bytes, last = 0, 0, at
while low < pieces and messages < messages_max and bytes < bytes_max do
  local first, n = piece(low)
  local records = redis.call('LINDEX', KEYS[2], low * 2 + 1)
  last = first + n - 1
  messages = last - at
  bytes = bytes + #records
  answer[#answer + 1] = records
  low = low + 1
end
if last < head then answer[7] = 'more' end
return answer
