#include "gateway/dashboards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "gateway/dashboards_service.h"
#include "gateway/http_server.h"
#include "gateway/json.h"
#include "http_client.h"
#include "lucid/cases/v1/cases_service.grpc.pb.h"
#include "lucid/indicators/v1/indicators_service.grpc.pb.h"
#include "lucid/tasks/v1/tasks_service.grpc.pb.h"
#include "redis_server.h"
#include "services/base/calendar.h"
#include "summary_service.h"
#include "tests/testing/issuer.h"

namespace lucid::gateway {
namespace {

using cases::v1::CasesService;
using dashboards::v1::Overview;
using indicators::v1::IndicatorsService;
using tasks::v1::TasksService;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::Duration kPatience = absl::Seconds(20);

// Whether `condition` comes true in time; asks again and again.
bool Soon(const std::function<bool()>& condition) {
  for (const absl::Time end = absl::Now() + kPatience; absl::Now() < end;) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

// A service with boards; each has the one cell, named after it.
class BoardServer : public SummaryServer<IndicatorsService> {
  grpc::Status SummarizeBoard(grpc::ServerContext*,
                              const indicators::v1::SummarizeBoardRequest* request,
                              types::v1::Summary* summary) override {
    if (request->id() == "foreign") return ToGrpc(NotYours("boards", request->id()));
    types::v1::SummarizeRequest asked;
    asked.set_region(request->region());
    asked.set_day(request->day());
    asked.set_min_position(request->min_position());
    grpc::Status status = state.Summarize(asked, summary);
    if (status.ok()) summary->mutable_cells(0)->set_name(request->id());
    return status;
  }
};

// One gateway with its caches.
struct Replica {
  Replica(const std::string& tasks_address, const std::string& cases_address,
          const std::string& indicators_address, const std::string& redis_address,
          TokenVerifier& tokens, TokenSigner& signer, std::function<absl::Time()> clock)
      : upstreams({{"lucid.tasks", tasks_address},
                   {"lucid.cases", cases_address},
                   {"lucid.indicators", indicators_address}}),
        redis(*RedisCache::Create(redis_address)),
        feeds({Feeds::SourceOf<TasksService>("tasks", upstreams.ChannelOf("lucid.tasks.v1.T")),
               Feeds::SourceOf<CasesService>("cases", upstreams.ChannelOf("lucid.cases.v1.C")),
               Feeds::SourceOf<IndicatorsService>("indicators",
                                                  upstreams.ChannelOf("lucid.indicators.v1.I"))},
              [&signer] { return signer.Token(absl::Now()); }),
        dashboards({{"tasks", "cases"}, *ParseZone("+08:00"), clock}, upstreams, feeds, *redis),
        service({"210000", &signer}, dashboards, tokens, clock),
        gateway(*Gateway::Create({}, {dashboards::v1::Overview::descriptor()->file()->service(0)},
                                 upstreams, tokens)) {
    service.AddTo(*gateway);
    service.AddTo(upstreams);
    gateway->AddStop([this] { redis->Stop(); });
    http = *HttpServer::Start({.threads = 2}, *gateway);
    http->set_grace(absl::ZeroDuration());
  }

  bool Follows() {
    return feeds.Find("tasks").has_value() && feeds.Find("cases").has_value() &&
           feeds.Find("indicators").has_value();
  }

  Upstreams upstreams;
  std::unique_ptr<RedisCache> redis;
  Feeds feeds;
  Dashboards dashboards;
  DashboardsService service;
  std::unique_ptr<Gateway> gateway;
  std::unique_ptr<HttpServer> http;
};

class DashboardsTest : public ::testing::Test {
 protected:
  void Start() {
    replica_ = NewReplica();
    ASSERT_TRUE(Soon([this] { return replica_->Follows(); }));
  }
  std::unique_ptr<Replica> NewReplica() {
    return std::make_unique<Replica>(tasks_.address(), cases_.address(), indicators_.address(),
                                     redis_.address(), *tokens_, *signer_,
                                     [this] { return now_.load(); });
  }

  std::string TokenFor(const lucid::testing::TestClaims& claims) {
    return issuer_.Token(claims, absl::Now());
  }
  gateway::Answer Get(absl::string_view query = "", absl::string_view headers = "",
                      const std::string& region = "210400", Replica* replica = nullptr) {
    const std::string token = TokenFor({.region = region});
    return Ask((replica == nullptr ? *replica_ : *replica).http->port(), "GET",
               absl::StrCat("/v1/dashboards/overview", query),
               absl::StrCat("Authorization: Bearer ", token, "\r\n", headers));
  }
  gateway::Answer Board(absl::string_view query, const std::string& role = "OFFICE") {
    return Ask(replica_->http->port(), "GET", absl::StrCat("/v1/dashboards/indicators", query),
               absl::StrCat("Authorization: Bearer ",
                            TokenFor({.roles = {role}, .unit = "u1", .region = "210400"}), "\r\n"));
  }
  static Overview Read(const gateway::Answer& answer) {
    Overview overview;
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(FromJson(answer.body, overview).ok()) << answer.body;
    return overview;
  }
  static std::string Numbers(const Overview& overview) {
    std::string numbers;
    for (const auto& cell : overview.cells()) absl::StrAppend(&numbers, cell.value(), " ");
    return numbers;
  }

  lucid::testing::TestIssuer issuer_;
  std::unique_ptr<TokenVerifier> tokens_ = issuer_.Verifier();
  std::unique_ptr<TokenSigner> signer_ =
      *TokenSigner::Create("gateway", "lucid", issuer_.service_key_path(), false);
  std::atomic<absl::Time> now_ = absl::Now();
  SummaryServer<TasksService> tasks_;
  SummaryServer<CasesService> cases_;
  BoardServer indicators_;
  RedisServer redis_;
  std::unique_ptr<Replica> replica_;
};

TEST_F(DashboardsTest, TheCellsOfAllServicesStandSideBySide) {
  Start();
  cases_.state.Change();
  ASSERT_TRUE(Soon([&] { return Numbers(Read(Get())) == "1 2 "; }));
  const Overview overview = Read(Get());
  EXPECT_EQ(overview.region(), "210400");
  EXPECT_EQ(overview.cells(0).definition(),
            absl::StrCat("210400 ", FormatDay(DayOf(now_, *ParseZone("+08:00")))));
  EXPECT_EQ(overview.positions(1).service(), "cases");
  EXPECT_EQ(overview.positions(1).position(), 2);
  EXPECT_THAT(overview.partial(), IsEmpty());
  EXPECT_THAT(Get().body, HasSubstr("\"partial\":[]"));
}

TEST_F(DashboardsTest, WhatIsCachedIsNotAskedForAgain) {
  Start();
  const std::string first = Get().body;
  const int asked = tasks_.state.asked();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Get().body, first);
  EXPECT_EQ(tasks_.state.asked(), asked);
}

TEST_F(DashboardsTest, AnEventMakesItNew) {
  Start();
  Get();
  for (int i = 2; i < 5; ++i) {
    tasks_.state.Change();
    EXPECT_TRUE(Soon([&] { return Numbers(Read(Get())) == absl::StrCat(i, " 1 "); })) << i;
  }
}

TEST_F(DashboardsTest, TheTurnOfTheDayMakesItNew) {
  Start();
  const absl::TimeZone zone = *ParseZone("+08:00");
  const absl::CivilDay day = DayOf(now_, zone);
  EXPECT_EQ(Read(Get()).day(), FormatDay(day));
  now_ = absl::FromCivil(day + 1, zone) - absl::Nanoseconds(1);
  EXPECT_EQ(Read(Get()).day(), FormatDay(day));
  now_ = absl::FromCivil(day + 1, zone);
  EXPECT_EQ(Read(Get()).day(), FormatDay(day + 1));
}

TEST_F(DashboardsTest, ConcurrentMissesAreOneComputation) {
  Start();
  tasks_.state.Hold();
  std::vector<std::thread> callers;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      if (Get().status == 200) ++answered;
    });
  }
  tasks_.state.AwaitAsked(1);
  ASSERT_TRUE(Soon([&] { return replica_->http->connections() == 8; }));
  tasks_.state.Release();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(answered, 8);
  // A caller that came late found it finished; none asked for itself while another did.
  EXPECT_LE(tasks_.state.asked(), 2);
}

TEST_F(DashboardsTest, ATraceThatIsNoneStartsANewOne) {
  Start();
  // gRPC ends the program that gives it such a header.
  EXPECT_EQ(Get("", "traceparent: \xff\xfe\tx\r\n").status, 200);
  EXPECT_EQ(
      Ask(replica_->http->port(), "GET", "/v1/public/dashboards/overview", "traceparent: \xff\r\n")
          .status,
      200);
}

TEST_F(DashboardsTest, ScopesAndRolesAreKeptApart) {
  Start();
  EXPECT_EQ(Read(Get()).region(), "210400");
  EXPECT_EQ(Read(Get("?region=210411")).region(), "210411");
  EXPECT_EQ(Read(Get("", "", "210000")).region(), "210000");
  EXPECT_EQ(Get("?region=220000").status, 403);
  EXPECT_EQ(Get("?nope=1").status, 400);
  const auto ask = [this](const std::string& header) {
    return Ask(replica_->http->port(), "GET", "/v1/dashboards/overview", header).status;
  };
  EXPECT_EQ(ask(""), 401);
  EXPECT_EQ(ask("Authorization: Bearer x\r\n"), 401);
  EXPECT_EQ(
      ask(absl::StrCat("Authorization: Bearer ",
                       TokenFor({.roles = {"UNIT"}, .unit = "u1", .region = "210400"}), "\r\n")),
      403);
}

TEST_F(DashboardsTest, EverybodySeesThePublicOne) {
  Start();
  const auto answer = Ask(replica_->http->port(), "GET", "/v1/public/dashboards/overview");
  EXPECT_EQ(Read(answer).region(), "210000");
}

TEST_F(DashboardsTest, AnUnchangedOneIsNotSentAgainAndAChangedOneIs) {
  Start();
  const auto first = Get();
  const std::string match = absl::StrCat("If-None-Match: ", first.Header("etag"), "\r\n");
  const auto again = Get("", match);
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  tasks_.state.Change();
  EXPECT_TRUE(Soon([&] { return Get("", match).status == 200; }));
}

TEST_F(DashboardsTest, AMinimalPositionIsIncludedOrSaidToBeMissing) {
  Start();
  Get();
  tasks_.state.Change();
  EXPECT_EQ(Numbers(Read(Get("?minPosition=tasks:2"))), "2 1 ");
  const auto early = Get("?min_position=tasks:3");
  EXPECT_EQ(early.status, 503);
  EXPECT_THAT(early.body, HasSubstr("NOT_YET"));
  EXPECT_EQ(early.Header("retry-after"), "1");
  EXPECT_EQ(Get("?min_position=tasks").status, 400);
  EXPECT_EQ(Get("?min_position=nobody:1").status, 400);
}

TEST_F(DashboardsTest, AServiceThatIsAwayIsNamed) {
  Start();
  cases_.Stop();
  EXPECT_TRUE(Soon([&] { return Read(Get()).partial_size() == 1; }));
  EXPECT_THAT(Read(Get()).partial(), ElementsAre("cases"));
  EXPECT_EQ(Numbers(Read(Get())), "1 ");
  tasks_.Stop();
  EXPECT_TRUE(Soon([&] { return Get().status == 503; }));
}

TEST_F(DashboardsTest, ReplicasShareThroughRedis) {
  Start();
  ASSERT_TRUE(Soon([&] {
    tasks_.state.Change();
    return Get().status == 200 && replica_->redis->up();
  }));
  const std::string first = Get().body;
  const auto second = NewReplica();
  ASSERT_TRUE(Soon([&] { return second->Follows(); }));
  const int asked = tasks_.state.asked();
  EXPECT_EQ(Get("", "", "210400", second.get()).body, first);
  EXPECT_EQ(tasks_.state.asked(), asked);
}

TEST_F(DashboardsTest, WithoutRedisItIsRightAndRedisIsPickedUpAgain) {
  Start();
  ASSERT_TRUE(Soon([&] {
    tasks_.state.Change();
    return Get().status == 200 && replica_->redis->up();
  }));
  redis_.Stop();
  for (int i = 0; i < 3; ++i) {
    tasks_.state.Change();
    const std::string expected = absl::StrCat(tasks_.state.position(), " 1 ");
    EXPECT_TRUE(Soon([&] { return Numbers(Read(Get())) == expected; }));
  }
  ASSERT_TRUE(Soon([&] {
    tasks_.state.Change();
    return Get().status == 200 && !replica_->redis->up();
  }));
  redis_.Start();
  EXPECT_TRUE(Soon([&] {
    tasks_.state.Change();
    return Get().status == 200 && replica_->redis->up();
  }));
}

TEST_F(DashboardsTest, ConnectAnswersTheSame) {
  Start();
  const std::string http = Get().body;
  const auto connect =
      Ask(replica_->http->port(), "POST", "/lucid.dashboards.v1.DashboardsService/GetOverview",
          absl::StrCat("Content-Type: application/json\r\nAuthorization: Bearer ",
                       TokenFor({.region = "210400"}), "\r\n"),
          "{}");
  EXPECT_EQ(connect.body, http);
}

TEST_F(DashboardsTest, ABoardIsKeptUntilItsServiceChanges) {
  Start();
  const Overview board = Read(Board("?boardId=air"));
  EXPECT_EQ(board.region(), "210400");
  EXPECT_EQ(board.cells(0).name(), "air");
  EXPECT_EQ(board.positions_size(), 1);
  EXPECT_EQ(board.positions(0).service(), "indicators");
  // What others do is nothing to it.
  const int asked = indicators_.state.asked();
  tasks_.state.Change();
  ASSERT_TRUE(Soon([&] { return Numbers(Read(Get())) == "2 1 "; }));
  EXPECT_EQ(Numbers(Read(Board("?boardId=air"))), "1 ");
  EXPECT_EQ(indicators_.state.asked(), asked);
  indicators_.state.Change();
  EXPECT_TRUE(Soon([&] { return Numbers(Read(Board("?boardId=air"))) == "2 "; }));
  indicators_.state.Change();
  EXPECT_EQ(Numbers(Read(Board("?boardId=air&minPosition=indicators:3"))), "3 ");
  EXPECT_EQ(Read(Board("?boardId=water")).cells(0).name(), "water");
}

TEST_F(DashboardsTest, ABoardIsShownToThoseWhoReadBoards) {
  Start();
  for (const char* role : {"OFFICE", "UNIT", "LEADER", "SUPERIOR", "MONITOR", "PUBLISHER"}) {
    EXPECT_EQ(Board("?boardId=air", role).status, 200) << role;
  }
  EXPECT_EQ(Board("?boardId=air", "PETITIONS").status, 403);
  EXPECT_EQ(Board("?boardId=foreign").status, 403);
  EXPECT_EQ(Board("?boardId=air&region=210500").status, 403);
  EXPECT_EQ(Board("").status, 400);
  EXPECT_EQ(Board("?boardId=air&minPosition=tasks:1").status, 400);
  const auto connect = Ask(replica_->http->port(), "POST",
                           "/lucid.dashboards.v1.DashboardsService/GetIndicatorBoard",
                           absl::StrCat("Content-Type: application/json\r\nAuthorization: Bearer ",
                                        TokenFor({.region = "210400"}), "\r\n"),
                           R"({"boardId": "air"})");
  EXPECT_EQ(connect.body, Board("?boardId=air").body);
}

TEST(Prepared, TheVariantIsTheOneAskedFor) {
  EXPECT_TRUE(Accepts("gzip, br;q=0.5", "br"));
  EXPECT_TRUE(Accepts("GZIP", "gzip"));
  EXPECT_FALSE(Accepts("gzip;q=0", "gzip"));
  EXPECT_FALSE(Accepts("gzipped", "gzip"));
  EXPECT_TRUE(Matches("\"a\", W/\"b\"", "\"b\""));
  EXPECT_TRUE(Matches("*", "\"b\""));
  EXPECT_FALSE(Matches("\"a\"", "\"b\""));
}

TEST_F(DashboardsTest, ItIsCompressedForThoseWhoTakeIt) {
  Start();
  const auto plain = Get();
  EXPECT_EQ(plain.Header("content-encoding"), "");
  EXPECT_EQ(plain.Header("vary"), "Accept-Encoding");
  const auto gzip = Get("", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(gzip.Header("content-encoding"), "gzip");
  EXPECT_LT(gzip.body.size(), plain.body.size());
  const auto brotli = Get("", "Accept-Encoding: gzip, br\r\n");
  EXPECT_EQ(brotli.Header("content-encoding"), "br");
  EXPECT_NE(gzip.Header("etag"), brotli.Header("etag"));
  EXPECT_EQ(
      Get("", absl::StrCat("Accept-Encoding: br\r\nIf-None-Match: ", brotli.Header("etag"), "\r\n"))
          .status,
      304);
}

}  // namespace
}  // namespace lucid::gateway
