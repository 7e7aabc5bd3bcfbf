#!lua
-- Raises the mark up to which the owner, or staff, has read the PUBLIC lane, tells it to both sides and logs it. Safe to repeat:
-- a mark only rises.
--
-- KEYS 1 partition hash   2 log   3 conversation hash
-- ARGV 1 epoch the caller believes in   2 backlog limit (messages)
--      3 '0' the owner reads, '1' staff does   4 the reader   5 epoch   6 seq, up to where
--      7 the reader's connection (8 bytes), which gets no copy
--      8 conversation id (16 bytes)   9 what stands before the owner's name in the owner's room   10 admins' room
--
-- Answers one string. First byte:
--   'u' a worker has not prepared this partition
--   'e' the epoch has changed or must be raised; then the epoch that is stored (u32)
--   'F' no such conversation, or the reader is not its owner
--   'B' backlog full
--   's' the mark stood there already or further on
--   'o' raised
-- Numbers are little-endian.

local call, pack, char = redis.call, struct.pack, string.char

local meta = call('HMGET', KEYS[1], 'epoch', 'replid', 'count', 'last')
if not meta[1] then return 'u' end
local epoch = tonumber(meta[1])
local replid = string.match(call('INFO', 'replication'), 'master_replid:(%x+)')
if replid ~= meta[2] or epoch ~= tonumber(ARGV[1]) then return 'e' .. pack('<I4', epoch) end

local staff = ARGV[3] == '1'
local c = call('HMGET', KEYS[3], 'o', 'e', 's', staff and 'sre' or 'ore', staff and 'srs' or 'ors', 'be', 'bs')
local owner = c[1]
if not owner or (not staff and owner ~= ARGV[4]) then return 'F' end

-- Where the reader can stand at most: at the head; in the epoch before, at what of it survived.
local e, s = tonumber(ARGV[5]), tonumber(ARGV[6])
local head_epoch, head = tonumber(c[2] or 0), tonumber(c[3] or 0)
if e > head_epoch then
  e, s = head_epoch, head
elseif e == head_epoch then
  s = math.min(s, head)
else
  s = math.min(s, e == tonumber(c[6] or -1) and tonumber(c[7]) or head)
end
local at_epoch, at = tonumber(c[4] or 0), tonumber(c[5] or 0)
if e < at_epoch or (e == at_epoch and s <= at) then return 's' end
if tonumber(meta[3]) >= tonumber(ARGV[2]) then return 'B' end

local function varint(n)
  local bytes = ''
  while n >= 128 do
    bytes = bytes .. char(n % 128 + 128)
    n = math.floor(n / 128)
  end
  return bytes .. char(n)
end
local function field(tag, bytes) return tag .. varint(#bytes) .. bytes end

-- ReadMark in ServerFrame (17) in Envelope in Publication: client.proto and room.proto. The mark may be another than the caller
-- asked for, so it is written here; it is rare enough.
local mark = field('\10', ARGV[8]) .. '\16' .. varint(e) .. '\24' .. varint(s) .. (staff and '\32\1' or '')
local envelope = '\9' .. ARGV[7] .. field('\18', ARGV[8]) .. field('\26', owner)
  .. (ARGV[4] ~= owner and field('\34', ARGV[4]) or '')
  .. '\48\2' .. field('\122', field('\138\1', mark))
local entry = field('\10', envelope)

-- First what Redis may refuse for lack of memory: nothing has been changed by then.
local log_id = call('XADD', KEYS[2], '*', 'e', entry)
call('HSET', KEYS[3], staff and 'sre' or 'ore', e, staff and 'srs' or 'ors', s)
call('HSET', KEYS[1], 'count', tonumber(meta[3]) + 1, 'last', log_id)
call('SPUBLISH', ARGV[9] .. owner, entry)
local last = meta[4] or ''
call('SPUBLISH', ARGV[10], entry .. field('\18', log_id) .. field('\26', last))
return 'o'
