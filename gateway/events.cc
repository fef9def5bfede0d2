// Server-sent events: a List method asked for text/event-stream becomes its Watch sibling.
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gateway/errors.h"
#include "gateway/event_stream.h"
#include "gateway/gateway.h"
#include "gateway/transcode.h"
#include "lucid/events/v1/events.pb.h"
#include "services/base/status.h"

namespace lucid::gateway {
namespace {

using google::protobuf::MethodDescriptor;

// The stream of the same service with the same request: ListEvents → WatchEvents.
const MethodDescriptor* WatchOf(const MethodDescriptor* list) {
  absl::string_view name = list->name();
  if (!absl::ConsumePrefix(&name, "List")) return nullptr;
  const auto* watch = list->service()->FindMethodByName(absl::StrCat("Watch", name));
  const bool fits = watch != nullptr && watch->server_streaming() &&
                    watch->input_type() == list->input_type() &&
                    watch->output_type() == events::v1::ListEventsResponse::descriptor();
  return fits ? watch : nullptr;
}

}  // namespace

void Gateway::AnswerEvents(const Match& match, const HttpRequest& request, Respond respond) {
  const Route& route = *match.route;
  HttpResponse response;
  const auto fail = [&](const absl::Status& status) {
    response = RestError(status);
    response.route = route.method->full_name();
    respond(std::move(response));
  };
  const MethodDescriptor* watch = WatchOf(route.method);
  if (watch == nullptr) {
    return fail(Fail(absl::StatusCode::kUnimplemented, "NO_EVENT_STREAM",
                     "this method does not answer text/event-stream"));
  }
  auto frame = FrameFor(*watch, request);
  if (!frame.ok()) return fail(frame.status());
  frame->deadline = absl::InfiniteFuture();
  events::v1::ListEventsRequest list;
  absl::Status read = ToRequest(match, request.query, request.body, list);
  if (read.ok()) read = ResumeAfter(request.Header("last-event-id"), list);
  if (!read.ok()) return fail(read);
  OpenEventStream(upstreams_, absl::StrCat("/", watch->service()->full_name(), "/", watch->name()),
                  *frame, ToBytes(list),
                  [respond = std::move(respond), watch,
                   trace = frame->traceparent](absl::StatusOr<std::shared_ptr<BodyStream>> stream) {
                    HttpResponse response;
                    if (stream.ok()) {
                      response.content_type = "text/event-stream";
                      response.headers.emplace_back("Cache-Control", "no-store");
                      response.stream = *std::move(stream);
                    } else {
                      response = RestError(stream.status());
                    }
                    response.route = watch->full_name();
                    response.trace = trace;
                    respond(std::move(response));
                  });
}

}  // namespace lucid::gateway
