#!lua flags=no-writes
-- A conversation as Redis knows it, with the newest messages of a lane before some position that the tail still holds. Answers
-- history's newest page, and the preview in lists.
--
-- KEYS 1 conversation hash   2 tail of the lane
-- ARGV 1 lane, '0' PUBLIC or '1' STAFF
--      2 epoch   3 seq before which to read; 0 0 is from the head on
--      4 messages wanted, 0 for none   5 bytes wanted; the piece that reaches either is the last
--      6 the owner who asks, '' for staff
-- Answers nil if there is no such conversation, { owner } if it is not that of who asks: without a look at the tail, so that it
-- takes as long as one that does not exist. Else
--   { owner, status, epoch, head seq, stored epoch, stored seq, marks as in resume.lua, oldest seq of the tail or 0,
--     epoch before which MySQL may have messages between those of the tail (see restore.lua) or 0, records … }
--   each a serialized Publication of one or more messages, the newest first; among them may be some the reader did not ask for

local staff = ARGV[1] == '1'
local c = redis.call('HMGET', KEYS[1], 'o', 'st', 'e', staff and 'n' or 's', staff and 'ne' or 'pe', staff and 'ns' or 'ps',
  'be', staff and 'bn' or 'bs', 'ore', 'ors', 'sre', 'srs', 'los', 'las', 'lt',
  'mx')
if not c[1] then return false end
if ARGV[6] ~= '' and ARGV[6] ~= c[1] then return { c[1] } end
local n = {}
for i = 2, 16 do n[i] = tonumber(c[i] or 0) end
local epoch, head = n[3], n[4]
local marks = staff and ''
  or struct.pack('<I4I4I4I4I4I4I4I4I8', n[9], n[10], n[11], n[12], n[13], n[14], n[7], n[8], n[15])

local function piece(i)
  local first, many = struct.unpack('<I4I4', redis.call('LINDEX', KEYS[2], i * 2))
  return first, many
end
local pieces = redis.call('LLEN', KEYS[2]) / 2
local answer = { c[1], n[2], epoch, head, n[5], n[6], marks, pieces > 0 and (piece(0)) or 0, n[16] }
local messages_max, bytes_max = tonumber(ARGV[4]), tonumber(ARGV[5])
local before_epoch, before = tonumber(ARGV[2]), tonumber(ARGV[3])
if before_epoch == 0 or before_epoch > epoch then
  before = head + 1
elseif before_epoch < epoch and n[16] == 0 then
  -- Of an earlier epoch only what stands before the base is still here. Where two orders were settled there is no base, and of what
  -- is here the reader leaves out what doesn't stand before the position.
  before = math.min(before, n[8] + 1)
end

-- How many pieces begin before the position.
local low, high = 0, pieces
while low < high do
  local middle = math.ceil((low + high) / 2)
  if piece(middle - 1) < before then low = middle else high = middle - 1 end
end
local messages, bytes = 0, 0
while low > 0 and messages < messages_max and bytes < bytes_max do
  local first, many = piece(low - 1)
  local records = redis.call('LINDEX', KEYS[2], low * 2 - 1)
  if messages_max == 1 and first + many <= before then
    -- A list shows one message of each: not a whole piece of hundreds for it. A record is tag, length, bytes.
    local at, start = 1, 1
    while at <= #records do
      start = at
      local size, factor, byte = 0, 1, 128
      at = at + 1
      while byte >= 128 do
        byte = string.byte(records, at)
        size = size + (byte % 128) * factor
        factor = factor * 128
        at = at + 1
      end
      at = at + size
    end
    records = string.sub(records, start)
  end
  messages = messages + math.min(first + many, before) - first
  bytes = bytes + #records
  answer[#answer + 1] = records
  low = low - 1
end
return answer
