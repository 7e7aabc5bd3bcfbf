#!lua flags=allow-oom
-- Makes a partition ready. Only a worker does this, after it has compared Redis with what MySQL holds: so an empty Redis never numbers
-- messages anew, and nothing that MySQL alone remembers is forgotten. Until then an empty partition takes no appends; one that is
-- not empty does. Safe to repeat. Runs at out-of-memory, because only a worker can make room.
--
-- KEYS 1 partition hash
-- ARGV 1 the highest epoch that MySQL holds of this partition, 0 for none
--      2 fencing number of the worker   3 what this worker calls its passes over the open conversations, without a colon
--      4 '1' if its pass has been over all of them
--      With 1 alone there is nothing in MySQL to compare with.
-- Answers the epoch in force if the partition is ready, else
--   -1 another worker owns it   -2 a pass begins with this call   -3 the pass that began goes on

local call = redis.call
local meta = call('HMGET', KEYS[1], 'epoch', 'replid', 'fence', 'compared', 'restoring', 'was')
local fence, name = tonumber(ARGV[2] or 0), ARGV[3]
if tonumber(meta[3] or 0) > fence and name then return -1 end
if name and tonumber(meta[3] or -1) ~= fence then call('HSET', KEYS[1], 'fence', fence) end
local now, floor = tonumber(call('TIME')[1]), tonumber(ARGV[1])
local replid = string.match(call('INFO', 'replication'), 'master_replid:(%x+)')
local epoch = tonumber(meta[1] or 0)
if epoch > 0 and (epoch < floor or replid ~= meta[2]) then
  -- As in epoch.lua.
  epoch = math.max(epoch + 1, now, floor + 1)
  call('HSET', KEYS[1], 'epoch', epoch, 'replid', replid, 'was', string.sub((meta[6] or '') .. meta[1] .. ' ', -176))
end
if epoch > 0 and epoch == tonumber(meta[4] or 0) then return epoch end

-- restoring: the pass, the epoch in force when it began (0: none), the epoch in force now. Where the last one is another by now,
-- somebody raised it: what the pass has seen is out of date.
local pass, _, upto = string.match(meta[5] or '', '^([^:]*):(%d+):(%d+)$')
local going = pass == name and tonumber(upto) == epoch
if name and not (going and ARGV[4] == '1') then
  if going then return -3 end
  call('HSET', KEYS[1], 'restoring', string.format('%s:%.0f:%.0f', name, epoch, epoch))
  return -2
end
if epoch == 0 then
  epoch = math.max(now, floor + 1)
  call('HSET', KEYS[1], 'epoch', epoch, 'replid', replid, 'count', 0, 'ids', 0, 'rotated', now * 1000)
end
call('HSET', KEYS[1], 'compared', epoch)
call('HDEL', KEYS[1], 'restoring')
return epoch
