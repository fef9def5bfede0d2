// A service's live feed as the body of an HTTP answer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/http.h"
#include "gateway/upstreams.h"
#include "lucid/events/v1/events.pb.h"

namespace lucid::gateway {

// One event as a CloudEvent (1.0, JSON) in a server-sent event.
std::string ToServerSentEvent(const events::v1::Event& event, absl::string_view source);

// Makes `request` go on after the event with the id "EPOCH/POSITION", as a reader that comes back
// sends it in Last-Event-ID; "" changes nothing. INVALID_ARGUMENT where it is no such id.
absl::Status ResumeAfter(absl::string_view last_event_id, events::v1::ListEventsRequest& request);

// Calls a method that streams ListEventsResponse. `opened` is called once: when the service has
// refused, or has sent something, or has not refused for half a second. The body then has the
// events as they come, and a comment every fifteen seconds, so that whoever stands between does not
// think it dead.
void OpenEventStream(
    Upstreams& upstreams, const std::string& path, const CallFrame& frame,
    const grpc::ByteBuffer& request,
    const std::function<void(absl::StatusOr<std::shared_ptr<BodyStream>>)>& opened);

}  // namespace lucid::gateway
