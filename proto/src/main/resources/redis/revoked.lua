#!lua flags=no-writes
-- Reads what was revoked after a number, in the order of recording.
--
-- KEYS 1 counter of records   2 records by number   3 records by the time they end
-- ARGV 1 the last number that was read, 0 for none   2 most records
--
-- Answers a list: replication id, the number of the newest record, then three for each record: itself, its number, for how many
-- milliseconds more it must be known. Fewer than the most: these are all. Another replication id than before, or a newest number
-- below the last one read, says that records may be missing here, or others stand under the same numbers: read all anew.

local call = redis.call

local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local answer = {
  string.match(call('INFO', 'replication'), 'master_replid:(%x+)'),
  tonumber(call('GET', KEYS[1]) or 0),
}
local found = call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for i = 1, #found, 2 do
  local ends = tonumber(call('ZSCORE', KEYS[3], found[i]) or 0)
  answer[#answer + 1] = found[i]
  answer[#answer + 1] = tonumber(found[i + 1])
  answer[#answer + 1] = math.max(0, ends - now)
end
return answer
