// The indicators service with what follows from its own events, done step by step by the test.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/indicators/indicators_spec.h"
#include "tests/indicators/indicators_fixture.h"

namespace lucid::indicators {

class OwnEventsTest : public IndicatorsFixture {
 protected:
  static Call AsService() {
    Call call = CallAs({access::v1::SERVICE}, "");
    call.actor.subject = "service:indicators";
    return call;
  }

  // Handles the events that were not handled yet.
  void Follow(const Call& call = AsService()) {
    Settle();
    events::v1::ListEventsRequest request;
    request.set_page_size(1000);
    while (true) {
      request.set_after(position_);
      auto page = feed().List(AsService(), request);
      ASSERT_OK(page);
      if (page->position() == position_) return;
      position_ = page->position();
      ASSERT_OK(db().Write([&](Tx& tx) -> absl::Status {
        for (const auto& event : page->events()) RETURN_IF_ERROR(OnOwnEvent(tx, call, event));
        return absl::OkStatus();
      }));
    }
  }
  // Does what is due, piece by piece; answers how many pieces there were.
  int DoAll(const Call& call = AsService()) {
    for (int pieces = 0; pieces < 10000; ++pieces) {
      auto more = DoWhatIsDue(db(), call);
      EXPECT_OK(more);
      if (!more.ok() || !*more) return pieces;
    }
    ADD_FAILURE() << "there is always more to do";
    return 0;
  }
  // Both, until nothing follows any more.
  void FollowAll(const Call& call = AsService()) {
    Follow(call);
    DoAll(call);
    Follow(call);
    DoAll(call);
  }
  // The kinds and records of the events of a collection, in order: "VerdictChanged pm".
  std::vector<std::string> Events(const std::string& collection) {
    Settle();
    events::v1::ListEventsRequest request;
    request.set_page_size(1000);
    request.add_kinds(absl::StrCat(collection, ".*"));
    std::vector<std::string> seen;
    auto page = feed().List(AsService(), request);
    EXPECT_OK(page);
    if (!page.ok()) return seen;
    for (const auto& event : page->events()) {
      seen.push_back(
          absl::StrCat(event.kind().substr(collection.size() + 1), " ", event.record_id()));
    }
    return seen;
  }

  static std::string Value(const std::string& site, const std::string& factor,
                           const std::string& length, const std::string& start,
                           const std::string& value, const std::string& unit = "μg/m³") {
    return absl::StrCat("site_id: '", site, "' factor: '", factor, "' length: ", length,
                        " start: '", start, "' value: '", value, "' unit: '", unit, "'");
  }

 private:
  int64_t position_ = 0;
};

}  // namespace lucid::indicators
