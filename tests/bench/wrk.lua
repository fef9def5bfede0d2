-- wrk's requests: the subjects' tokens in turn, and for paths of one record its ids far apart.
-- Arguments: file of tokens, file of ids or "", prefix of the path before the id or "".

local requests, next_request = {}, 0

local function lines(path)
  local all = {}
  if path ~= "" then
    for line in io.lines(path) do all[#all + 1] = line end
  end
  return all
end

function init(arguments)
  local tokens, ids = lines(arguments[1]), lines(arguments[2] or "")
  for i = 1, math.max(#tokens, math.min(#ids, 20000)) do
    local path = nil
    if #ids > 0 then path = arguments[3] .. ids[i * 7919 % #ids + 1] end
    local headers = {["Authorization"] = "Bearer " .. tokens[i % #tokens + 1]}
    requests[i] = wrk.format("GET", path, headers)
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format('{"per_second":%.1f,"errors":%d,"p50_us":%d,"p99_us":%d}\n',
    summary.requests / summary.duration * 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
