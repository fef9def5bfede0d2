// Observations by stream, over a real socket: what is answered is durable, and a sender that
// crashed goes on where it was, without gap or double.
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lucid/indicators/v1/indicators_service.grpc.pb.h"
#include "services/base/status.h"
#include "services/indicators/indicators_spec.h"
#include "tests/indicators/indicators_fixture.h"
#include "tests/testing/running_service.h"

namespace lucid::indicators {
namespace {

using ::testing::HasSubstr;
using v1::Observation;
using Request = v1::StreamObservationsRequest;
using Response = v1::StreamObservationsResponse;

class StreamTest : public EnginesTest {
 protected:
  StreamTest() {
    Close();
    Start();
    MakeSite("s");
  }

  void Start() {
    service_.reset();
    ServerOptions options;
    options.peers = {{"tasks", "127.0.0.1:1"}};  // which is away
    service_ = std::make_unique<RunningService>(IndicatorsSpec(), database().url(), options);
    stub_ = v1::IndicatorsService::NewStub(service_->channel());
  }

  void MakeSite(const std::string& id) {
    grpc::ClientContext context;
    service_->Authorize(context, {.roles = {"MONITOR"}});
    v1::Site site;
    ASSERT_OK(FromGrpc(stub_->CreateSite(
        &context,
        From<v1::CreateSiteRequest>(absl::StrCat("site { id: '", id, "' region: '210411' name: '",
                                                 id, "' kind: AIR_STATION }")),
        &site)));
  }

  // One connection of a sender.
  class Connection {
   public:
    Connection(StreamTest& test, const std::string& role = "MONITOR",
               const std::string& region = "210400", const std::string& subject = "li") {
      test.service_->Authorize(context_, {.roles = {role}, .region = region, .subject = subject});
      stream_ = test.stub_->StreamObservations(&context_);
    }
    bool Send(const std::string& text) { return stream_->Write(From<Request>(text)); }
    // Answers until one is at `position`; the counts are added up. False where the stream ends
    // before.
    bool Reaches(int64_t position, Response& all) {
      Response one;
      while (stream_->Read(&one)) {
        all.set_position(one.position());
        all.set_created(all.created() + one.created());
        all.set_unchanged(all.unchanged() + one.unchanged());
        all.set_corrected(all.corrected() + one.corrected());
        if (one.position() >= position) return true;
      }
      return false;
    }
    Response Until(int64_t position) {
      Response all;
      EXPECT_TRUE(Reaches(position, all)) << "the stream ended before " << position;
      return all;
    }
    // Where the stream stands.
    int64_t Ask(const std::string& id) {
      EXPECT_TRUE(Send(absl::StrCat("stream_id: '", id, "'")));
      return Until(0).position();
    }
    absl::Status End() {
      stream_->WritesDone();
      Response rest;
      while (stream_->Read(&rest)) {
      }
      return FromGrpc(stream_->Finish());
    }
    void Break() { context_.TryCancel(); }

   private:
    grpc::ClientContext context_;
    std::unique_ptr<grpc::ClientReaderWriter<Request, Response>> stream_;
  };

  static std::string Hours(int64_t position, const std::string& start, const std::string& values,
                           const std::string& more = "") {
    return absl::StrCat("stream_id: 'a' position: ", position,
                        " runs { site_id: 's' factor: 'PM2_5' length: HOUR start: '", start,
                        "' unit: 'μg/m³' scale: 1 values: [", values, "] ", more, "}");
  }

  std::vector<std::string> Stored(const std::string& site = "s") {
    std::vector<std::string> values;
    v1::ListObservationsRequest request;
    request.set_site_id(site);
    request.set_page_size(1000);
    do {
      grpc::ClientContext context;
      service_->Authorize(context, {});
      v1::ListObservationsResponse response;
      EXPECT_OK(FromGrpc(stub_->ListObservations(&context, request, &response)));
      for (const Observation& one : response.observations()) {
        values.push_back(absl::StrCat(one.start(), " ", one.value()));
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return values;
  }

  std::unique_ptr<RunningService> service_;
  std::unique_ptr<v1::IndicatorsService::Stub> stub_;
};
EVERY_ENGINE(StreamTest);

TEST_P(StreamTest, RunsAndSingleValuesAreStored) {
  Connection sender(*this);
  ASSERT_TRUE(sender.Send(Hours(1, "2023-05-31T22:00", "350, 361, 0, 12",
                                "exceptions { index: 2 qualifier: MAINTENANCE }")));
  ASSERT_TRUE(
      sender.Send("position: 2 observations { site_id: 's' factor: 'PM2_5' length: HOUR"
                  " start: '2023-06-01T02:00' value: '7' unit: 'μg/m³' }"));
  const Response answer = sender.Until(2);
  EXPECT_EQ(answer.created(), 5);
  EXPECT_OK(sender.End());
  EXPECT_THAT(Stored(), ::testing::ElementsAre("2023-05-31T22:00 35.0", "2023-05-31T23:00 36.1",
                                               "2023-06-01T00:00 ", "2023-06-01T01:00 1.2",
                                               "2023-06-01T02:00 7"));
}

TEST_P(StreamTest, ASenderThatCrashedGoesOnWhereItWas) {
  {
    Connection sender(*this);
    ASSERT_TRUE(sender.Send(Hours(1, "2023-05-01T00:00", "10, 20")));
    ASSERT_TRUE(sender.Send(Hours(2, "2023-05-01T02:00", "30")));
    sender.Until(2);
    sender.Break();
  }
  Start();  // the service crashed too
  Connection sender(*this);
  EXPECT_EQ(sender.Ask("a"), 2);
  // It is not sure about message 2 and sends it again.
  ASSERT_TRUE(sender.Send(Hours(2, "2023-05-01T02:00", "30")));
  ASSERT_TRUE(sender.Send(Hours(3, "2023-05-01T03:00", "40")));
  const Response answer = sender.Until(3);
  EXPECT_EQ(answer.created(), 1);
  EXPECT_EQ(answer.unchanged(), 0);
  EXPECT_OK(sender.End());
  EXPECT_EQ(Stored().size(), 4u);
}

TEST_P(StreamTest, AGapIsRefusedAndSaysWhereTheStreamStands) {
  Connection sender(*this);
  ASSERT_TRUE(sender.Send(Hours(1, "2023-05-01T00:00", "10")));
  ASSERT_TRUE(sender.Send(Hours(3, "2023-05-01T02:00", "30")));
  absl::Status ended = sender.End();
  EXPECT_THAT(ended, HasReason("STREAM_GAP"));
  EXPECT_EQ(ErrorMetadata(ended, "position"), "1");
  EXPECT_EQ(Stored().size(), 1u);
}

TEST_P(StreamTest, ABadMessageIsRefusedWhollyAndWhatCameBeforeIsKept) {
  Connection sender(*this);
  ASSERT_TRUE(sender.Send(Hours(1, "2023-05-01T00:00", "10")));
  sender.Send(Hours(2, "2023-05-01T01:00", "20, -30"));
  sender.Send(Hours(3, "2023-05-01T03:00", "40"));
  absl::Status ended = sender.End();
  EXPECT_THAT(ended, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(ended.message()),
              HasSubstr("messages[2].runs[0].values[1] must not be negative"));
  EXPECT_EQ(Stored().size(), 1u);
  EXPECT_EQ(Connection(*this).Ask("a"), 1);
}

TEST_P(StreamTest, AMessageWithTwoValuesForOnePeriodIsRefused) {
  Connection sender(*this);
  sender.Send(
      "stream_id: 'a' position: 1 observations { site_id: 's' factor: 'PM2_5' length: DAY"
      " start: '2023-05-01' value: '7' unit: 'μg/m³' } observations { site_id: 's'"
      " factor: 'PM2_5' length: DAY start: '2023-05-01' value: '8' unit: 'μg/m³' note: 'x' }");
  EXPECT_THAT(std::string(sender.End().message()),
              HasSubstr("observations[1].start begins the same period as observations[0]"));
  EXPECT_TRUE(Stored().empty());
}

TEST_P(StreamTest, OfTwoSendersUnderOneNameOneGoesOn) {
  Connection first(*this);
  EXPECT_EQ(first.Ask("a"), 0);
  Connection second(*this);
  ASSERT_TRUE(second.Send(Hours(1, "2023-05-01T00:00", "10")));
  second.Until(1);
  first.Send(Hours(1, "2023-05-01T00:00", "20"));
  EXPECT_THAT(first.End(), HasReason("STREAM_TAKEN_OVER"));
  EXPECT_OK(second.End());
  EXPECT_THAT(Stored(), ::testing::ElementsAre("2023-05-01T00:00 1.0"));
}

TEST_P(StreamTest, NamesOfStreamsBelongToTheirCaller) {
  Connection mine(*this);
  ASSERT_TRUE(mine.Send(Hours(1, "2023-05-01T00:00", "10")));
  mine.Until(1);
  EXPECT_EQ(Connection(*this, "MONITOR", "210400", "wang").Ask("a"), 0);
}

TEST_P(StreamTest, RolesAndRegionsHoldAsForBatches) {
  Connection reader(*this, "LEADER");
  EXPECT_THAT(reader.End(), StatusIs(absl::StatusCode::kPermissionDenied));
  Connection foreign(*this, "MONITOR", "210500");
  foreign.Send(Hours(1, "2023-05-01T00:00", "10"));
  EXPECT_THAT(foreign.End(), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_TRUE(Stored().empty());
}

TEST_P(StreamTest, BadFormsAreNamed) {
  const struct {
    std::string message;
    std::string says;
  } kCases[] = {
      {"position: 1", "stream_id must have"},
      {"stream_id: 'a' observations {}", "position must be 1 or more"},
      {Hours(1, "2023-05-01T00:30", "1"), "start is not the start of such a period"},
      {Hours(1, "2199-05-01T00:00", "1"), "values[0] is of a period that has not ended"},
      {Hours(1, "2023-05-01T00:00", ""), "values is required"},
      {Hours(1, "2023-05-01T00:00", "1", "step: -1"), "step must be"},
      {Hours(1, "2023-05-01T00:00", "1", "exceptions { index: 1 }"), "is the place of no value"},
      {Hours(1, "2023-05-01T00:00", "1000000000000000000"), "has more than 18 digits"},
      {Hours(1, "2023-05-01T00:00", "99999999999999"), "is greater than any quantity here"},
      {"stream_id: 'a' position: 1 runs { site_id: 's' factor: 'PM2_5' length: HOUR"
       " start: '2023-05-01T00:00' unit: '吨' scale: 1 values: 1 }",
       "unit"},
      {"stream_id: 'a' position: 1 runs { site_id: 's' factor: 'PM2_5' length: HOUR"
       " start: '2023-05-01T00:00' unit: 'μg/m³' scale: 7 values: 1 }",
       "must have at most 3 digits"},
      {"stream_id: 'a' position: 1 runs { site_id: 's' factor: 'PM2_5' length: INSTANT"
       " start: '2023-05-01T00:00' unit: 'μg/m³' values: 1 }",
       "step must be"},
  };
  for (const auto& c : kCases) {
    Connection sender(*this);
    sender.Send(c.message);
    absl::Status ended = sender.End();
    EXPECT_THAT(ended, StatusIs(absl::StatusCode::kInvalidArgument)) << c.message;
    EXPECT_THAT(std::string(ended.message()), HasSubstr(c.says)) << c.message;
  }
  EXPECT_TRUE(Stored().empty());
}

// Sends a long stream through connections that break at any moment; each new one asks where it is.
TEST_P(StreamTest, NothingIsLostOrDoubledOverManyCrashes) {
  std::mt19937 random(5);
  constexpr int kMessages = 60;
  int64_t position = 0;
  int64_t created = 0;
  while (position < kMessages) {
    Connection sender(*this);
    position = sender.Ask("a");
    const int64_t until = std::min<int64_t>(kMessages, position + 1 + random() % 9);
    for (int64_t next = position + 1; next <= until; ++next) {
      const absl::CivilHour start = absl::CivilHour(2023, 5, 1) + 3 * (next - 1);
      if (!sender.Send(Hours(next, absl::FormatCivilTime(absl::CivilMinute(start)), "1, 2, 3"))) {
        break;
      }
    }
    // What the connection before brought may still be under way, and ends this one.
    Response answer;
    if (random() % 2 && sender.Reaches(until, answer)) position = until;
    created += answer.created();
    sender.Break();
  }
  EXPECT_EQ(Stored().size(), 3u * kMessages);
  EXPECT_LE(created, 3 * kMessages);
  grpc::ClientContext context;
  service_->Authorize(context, {});
  v1::ListCorrectionsResponse corrections;
  ASSERT_OK(FromGrpc(stub_->ListCorrections(
      &context, From<v1::ListCorrectionsRequest>("site_id: 's'"), &corrections)));
  EXPECT_TRUE(corrections.corrections().empty());
}

}  // namespace
}  // namespace lucid::indicators
