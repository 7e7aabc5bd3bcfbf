#!lua flags=allow-oom
-- Makes a partition ready for appends. Only a worker does this, after it has seen what MySQL holds, so that an empty Redis
-- never numbers messages anew. Safe to repeat. Runs at out-of-memory, because only a worker can make room.
--
-- KEYS 1 partition hash
-- ARGV 1 the highest epoch that MySQL holds of this partition, 0 for none
-- Answers the epoch in force.

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'replid')
local clock = redis.call('TIME')
local floor = tonumber(ARGV[1])
local replid = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if not meta[1] then
  local epoch = math.max(tonumber(clock[1]), floor + 1)
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'replid', replid, 'count', 0, 'ids', 0, 'rotated', clock[1] * 1000)
  return epoch
end
local epoch = tonumber(meta[1])
if epoch < floor or replid ~= meta[2] then
  epoch = math.max(epoch + 1, tonumber(clock[1]), floor + 1)
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'replid', replid)
end
return epoch
