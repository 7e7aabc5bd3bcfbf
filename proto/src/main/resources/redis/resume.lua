#!lua flags=no-writes
-- What a reader at some position lacks of one lane, from the tail.
--
-- KEYS 1 conversation hash   2 tail of the lane   3 partition hash
-- ARGV 1 lane, '0' PUBLIC or '1' STAFF
--      2 epoch   3 seq of the reader; 0 0 is the beginning
--      4 messages wanted, 0 asks for the head only   5 bytes wanted; the piece that reaches either is the last
-- Answers nil if there is no such conversation; { 'u' } if nobody can tell yet, because no worker has compared this Redis with MySQL
-- since the epoch rose. Else
--   { owner, status, epoch, head seq, stored epoch, stored seq, outcome, marks, records … }
--   epoch: that of the partition, also where nothing was said in it: it may have risen because what was said last is lost
--   marks: empty, or zeros, for the STAFF lane, else as one string of u32, the last a u64: owner's read epoch and seq, staff's read epoch and
--   seq, seq of the last message of the owner and of an admin, the epoch before this one and its base, time of the last message (ms)
--   behind them 9 bytes for each position of the lane at which no message stands: 0 void or 1 dead, epoch and seq (u32)
--   records: each a serialized Publication of one or more messages, the first of which the reader may have already
--   outcome 'complete', 'more' (ask again from the last one), 'stored' (what comes next stands in MySQL only; instead of records, the
--   seq of the oldest message behind it that is here, or that after the head), 'resync' (the position is unknown)

local staff = ARGV[1] == '1'
local c = redis.call('HMGET', KEYS[1], 'o', 'st', 'e', staff and 'n' or 's', staff and 'ne' or 'pe',
  staff and 'ns' or 'ps', 'be', staff and 'bn' or 'bs', 'ore', 'ors', 'sre', 'srs', 'los', 'las', 'lt', staff and 'na' or 'va', 'mx')
local p = redis.call('HMGET', KEYS[3], 'epoch', 'compared', 'was')
if not c[1] then
  if not p[1] or p[1] ~= p[2] then return { 'u' } end
  return false
end
local said, head = tonumber(c[3] or 0), tonumber(c[4] or 0)
local epoch = math.max(said, tonumber(p[1] or 0))
local marks = ''
if not staff then
  local n = {}
  for i = 7, 15 do n[i] = tonumber(c[i] or 0) end
  marks = struct.pack('<I4I4I4I4I4I4I4I4I8', n[9], n[10], n[11], n[12], n[13], n[14], n[7], n[8], n[15])
end
if c[16] and c[16] ~= '' then marks = (staff and string.rep('\0', 40) or marks) .. c[16] end
local answer = { c[1], tonumber(c[2]), epoch, head, tonumber(c[5] or 0), tonumber(c[6] or 0), 'complete', marks }
local messages_max, bytes_max = tonumber(ARGV[4]), tonumber(ARGV[5])
if messages_max == 0 then return answer end

-- A position is known if this Redis went through its epoch, and what it stands behind survived: in the epoch of the newest message
-- or later all there is, before that what was there when that epoch began. Epochs alone say nothing: one that another primary went
-- through may lie between two of ours.
local at_epoch, at = tonumber(ARGV[2]), tonumber(ARGV[3])
local before = tonumber(c[7] or 0)
local function ours(e)
  if e == said or e == epoch or e == before then return true end
  for was in string.gmatch(p[3] or '', '%d+') do
    if tonumber(was) == e then return true end
  end
  return false
end
local known
if at_epoch == 0 then
  -- Two orders were settled: a tail that begins with the first message may still lack some.
  known = at == 0 and (not c[17] or head == 0)
elseif at_epoch >= said then
  known = at <= head and ours(at_epoch)
else
  known = before > 0 and at_epoch >= before and at <= tonumber(c[8] or 0) and ours(at_epoch)
end
if not known then
  answer[7] = 'resync'
  return answer
end
if at == head then return answer end

-- The tail alternates: first seq and number of messages, then their records in one piece.
local function piece(i)
  return struct.unpack('<I4I4', redis.call('LINDEX', KEYS[2], i * 2))
end
local pieces = redis.call('LLEN', KEYS[2]) / 2

-- The piece that holds what comes next.
local low, high = 0, pieces - 1
while low < high do
  local middle = math.ceil((low + high) / 2)
  if piece(middle) <= at + 1 then low = middle else high = middle - 1 end
end

local messages, bytes, last = 0, 0, at
while low < pieces and messages < messages_max and bytes < bytes_max do
  local first, n = piece(low)
  -- What MySQL put back after a fail-over is in no tail: there may be a gap between two pieces.
  if first + n - 1 > last then
    if first > last + 1 then
      if messages == 0 then
        answer[7] = 'stored'
        answer[9] = first
        return answer
      end
      break
    end
    local records = redis.call('LINDEX', KEYS[2], low * 2 + 1)
    last = first + n - 1
    messages = last - at
    bytes = bytes + #records
    answer[#answer + 1] = records
  end
  low = low + 1
end
if last < head then
  answer[7] = 'more'
  if messages == 0 then
    answer[7] = 'stored'
    answer[9] = head + 1
  end
end
return answer
