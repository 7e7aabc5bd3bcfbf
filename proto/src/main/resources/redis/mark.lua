#!lua flags=allow-oom
-- Notes what MySQL holds, tells it to whoever sent it, and removes it from the log and from tails. Runs after the commit.
-- Safe to repeat: positions only rise, trimming again removes nothing. Runs at out-of-memory, because it makes room.
--
-- KEYS 1 partition hash   2 log
--      then for each lane of a conversation: conversation hash, tail of the lane
-- ARGV 1 fencing number of the worker
--      2 epoch of the partition when the worker read the log
--      3 log id; everything before it is in MySQL and goes
--      4 number of messages among the entries that go
--      5 messages a tail keeps   6 bytes a tail keeps   7 seconds a tail at rest lives
--      8 positions without a message that a lane remembers, the newest
--      9 admins' room   10 what it gets (a Publication), may be empty
--      then for each lane: '0' PUBLIC or '1' STAFF, epoch, seq, room of the owner (empty: none), what it gets, positions at which no
--      message stands (9 bytes each: 0 void or 1 dead, epoch u32, seq u32)
-- Answers 'ok'; 'fenced' if another worker owns the partition by now; 'epoch' if the epoch is another: read again.

local call = redis.call
local meta = call('HMGET', KEYS[1], 'fence', 'epoch', 'count')
local fence = tonumber(ARGV[1])
if tonumber(meta[1] or 0) > fence then return 'fenced' end
if tonumber(meta[2] or 0) ~= tonumber(ARGV[2]) then return 'epoch' end
-- A repeated call trims nothing and must not count down again; with an empty log nothing can be waiting.
local count = tonumber(meta[3] or 0)
if call('XTRIM', KEYS[2], 'MINID', '=', ARGV[3]) > 0 then count = math.max(0, count - tonumber(ARGV[4])) end
if call('XLEN', KEYS[2]) == 0 then count = 0 end
call('HSET', KEYS[1], 'fence', fence, 'count', count)

local keep, keep_bytes, rest = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]

-- What is stored and stands at the front of the tail may go, piece by piece; what is not stored never does.
-- Pieces are looked at by the handful, twice as many each time that all of them went: a call for each was most of what marking
-- many cost, and reading those that stay would be most of what marking one costs.
local function cut(tail, head, stored, bytes, bounded)
  local handful = 1
  repeat
    local items = call('LRANGE', tail, 0, handful * 2 - 1)
    local gone = 0
    while gone < #items do
      local first, n = struct.unpack('<I4I4', items[gone + 1])
      local last = first + n - 1
      local too_many, too_big = head - last >= keep, bounded and bytes > keep_bytes and last < head
      if last > stored or not (too_many or too_big) then break end
      bytes = bytes - #items[gone + 2]
      gone = gone + 2
    end
    if gone > 0 then call('LTRIM', tail, gone, -1) end
    handful = math.min(32, handful * 2)
  until gone < #items or gone == 0
  return bytes
end

-- Kept with the conversation, so that whoever was away hears of them as well.
local function remember(conversation, field, absent)
  local known, most = call('HGET', conversation, field) or '', tonumber(ARGV[8]) * 9
  for at = 1, #absent, 9 do
    local position = string.sub(absent, at + 1, at + 8)
    local there = false
    for k = 1, #known, 9 do there = there or string.sub(known, k + 1, k + 8) == position end
    if not there then known = string.sub(known .. string.sub(absent, at, at + 8), -most) end
  end
  call('HSET', conversation, field, known)
end

for i = 1, (#KEYS - 2) / 2 do
  local conversation, tail = KEYS[1 + i * 2], KEYS[2 + i * 2]
  local at = 5 + i * 6
  local staff, epoch, seq = ARGV[at] == '1', tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local stored_epoch_field, stored_field = staff and 'ne' or 'pe', staff and 'ns' or 'ps'
  local c = call('HMGET', conversation, stored_epoch_field, stored_field, staff and 'n' or 's', 'tb')
  if c[3] then
    local stored_epoch, stored = tonumber(c[1] or 0), tonumber(c[2] or 0)
    if epoch > stored_epoch or (epoch == stored_epoch and seq > stored) then
      stored_epoch, stored = epoch, seq
    end
    local head, had = tonumber(c[3]), tonumber(c[4] or 0)
    local bytes = cut(tail, head, stored, had, not staff)
    call('HSET', conversation, stored_epoch_field, stored_epoch, stored_field, stored,
      'tb', math.max(0, staff and had or bytes))
    if stored == head then call('EXPIRE', tail, rest) end
    if ARGV[at + 5] ~= '' then remember(conversation, staff and 'na' or 'va', ARGV[at + 5]) end
    if ARGV[at + 3] ~= '' then call('SPUBLISH', ARGV[at + 3], ARGV[at + 4]) end
  end
end
if ARGV[10] ~= '' then call('SPUBLISH', ARGV[9], ARGV[10]) end
return 'ok'
