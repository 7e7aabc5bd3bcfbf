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
--      5 entries a tail keeps   6 bytes a tail keeps   7 seconds a tail at rest lives
--      8 admins' room   9 what it gets (a Publication), may be empty
--      then for each lane: '0' PUBLIC or '1' STAFF, epoch, seq, room of the owner (empty: none), what it gets
-- Answers 'ok'; 'fenced' if another worker owns the partition by now; 'epoch' if the epoch is another: read again.

local call = redis.call
local meta = call('HMGET', KEYS[1], 'fence', 'epoch', 'count')
local fence = tonumber(ARGV[1])
if tonumber(meta[1] or 0) > fence then return 'fenced' end
if tonumber(meta[2] or 0) ~= tonumber(ARGV[2]) then return 'epoch' end
local trimmed = call('XTRIM', KEYS[2], 'MINID', '=', ARGV[3])
local count = tonumber(meta[3] or 0)
-- A call that is repeated trims nothing, so it takes nothing off. Who takes over from a worker that died between commit and
-- mark trims entries it never counted; an empty log sets that right, else the backlog would seem to grow for ever.
if trimmed > 0 then count = math.max(0, count - tonumber(ARGV[4])) end
if call('XLEN', KEYS[2]) == 0 then count = 0 end
call('HSET', KEYS[1], 'fence', fence, 'count', count)

local keep, keep_bytes, rest = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local lanes = (#KEYS - 2) / 2
for i = 1, lanes do
  local conversation, tail = KEYS[1 + i * 2], KEYS[2 + i * 2]
  local at = 5 + i * 5
  local staff, epoch, seq = ARGV[at] == '1', tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local c = call('HMGET', conversation, staff and 'ne' or 'pe', staff and 'ns' or 'ps', staff and 'n' or 's', 'tb', 'e')
  if c[3] then
    local stored_epoch, stored = tonumber(c[1] or 0), tonumber(c[2] or 0)
    if epoch > stored_epoch or (epoch == stored_epoch and seq > stored) then
      stored = seq
      call('HSET', conversation, staff and 'ne' or 'pe', epoch, staff and 'ns' or 'ps', seq)
    end
    local head = tonumber(c[3])
    local length = call('LLEN', tail)
    local bytes = tonumber(c[4] or 0)
    -- What is stored and stands at the front of the tail may go; what is not stored never does.
    local may_go = math.min(length, stored - (head - length))
    while may_go > 0 and (length > keep or (not staff and bytes > keep_bytes and length > 1)) do
      local step = math.min(may_go, math.max(1, length - keep))
      for _, gone in ipairs(call('LPOP', tail, step)) do bytes = bytes - #gone end
      may_go, length = may_go - step, length - step
    end
    if not staff then call('HSET', conversation, 'tb', math.max(0, bytes)) end
    if stored == head then call('EXPIRE', tail, rest) end
    if ARGV[at + 3] ~= '' then call('SPUBLISH', ARGV[at + 3], ARGV[at + 4]) end
  end
end
if ARGV[9] ~= '' then call('SPUBLISH', ARGV[8], ARGV[9]) end
return 'ok'
