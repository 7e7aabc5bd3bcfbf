#!lua flags=allow-oom
-- Raises the epoch of a partition if Redis may have lost a suffix: its replication id is not the one that was noted.
-- Runs at out-of-memory, or a full Redis could not even be read after a restart. Safe to repeat: a second call finds the noted id and changes nothing.
--
-- KEYS 1 partition hash
-- ARGV 1 the highest epoch the caller has ever seen of this partition
-- Answers the epoch in force, or nil if a worker has not prepared the partition.

local meta = redis.call('HMGET', KEYS[1], 'epoch', 'replid', 'was')
if not meta[1] then return false end
local replid = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
local epoch = tonumber(meta[1])
if replid == meta[2] and epoch >= tonumber(ARGV[1]) then return epoch end
epoch = math.max(epoch + 1, tonumber(redis.call('TIME')[1]), tonumber(ARGV[1]) + 1)
-- The epochs this Redis went through, some sixteen of them: whoever stands in one need not start over for it.
local was = string.sub((meta[3] or '') .. meta[1] .. ' ', -176)
redis.call('HSET', KEYS[1], 'epoch', epoch, 'replid', replid, 'was', was)
return epoch
