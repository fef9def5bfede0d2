// Observations: stations of a country, their hours by stream and by the service's own code, and the
// reference, which keeps one row per value.
#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <random>
#include <thread>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "grpcpp/grpcpp.h"
#include "lucid/indicators/v1/indicators_service.grpc.pb.h"
#include "services/base/id.h"
#include "services/base/process.h"
#include "services/base/region.h"
#include "services/indicators/indicators_seed.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_store.h"
#include "services/registry/registry.h"
#include "tests/bench/bench.h"

ABSL_DECLARE_FLAG(std::string, db);
ABSL_DECLARE_FLAG(std::string, target);
ABSL_FLAG(int, cities, 10, "how many cities have stations");
ABSL_FLAG(int, per_city, 6, "how many stations each city has");
ABSL_FLAG(int, year, 2023, "the year of the observations");
ABSL_FLAG(int, first_month, 1, "the first month of it");
ABSL_FLAG(int, last_month, 12, "the last month of it");
ABSL_FLAG(std::string, shape, "runs", "how values are sent: runs or singles");
ABSL_FLAG(std::string, token, "", "the bearer token of the sender");

namespace lucid::bench {
namespace {

using indicators::v1::IndicatorsService;
using indicators::v1::Observation;
using Request = indicators::v1::StreamObservationsRequest;
using Response = indicators::v1::StreamObservationsResponse;

constexpr size_t kPerMessage = 100;  // runs of a month

int Stations() { return absl::GetFlag(FLAGS_cities) * absl::GetFlag(FLAGS_per_city); }
std::string StationId(int station) { return absl::StrCat("bench-", station); }
// Thirty cities to a province.
std::string CityCode(int city) {
  constexpr int kProvinces[] = {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34};
  return absl::StrCat(kProvinces[city / 30 % std::size(kProvinces)], 10 + city % 30, "00");
}

Call CountryCall() {
  Call call = OfficeCall(0);
  call.actor.region.clear();
  call.method = "lucid.indicators.v1.IndicatorsService.StreamObservations";
  return call;
}

// The indicators service as functions.
class Observatory {
 public:
  explicit Observatory(std::unique_ptr<Db> db) : db_(std::move(db)) {}
  static absl::StatusOr<std::unique_ptr<Observatory>> Open() {
    ASSIGN_OR_RETURN(std::unique_ptr<Db> db,
                     Db::Open(absl::GetFlag(FLAGS_db), {.statement_timeout = absl::Minutes(5)}));
    RETURN_IF_ERROR(EventFeed::Migrate(*db));
    RETURN_IF_ERROR(Migrate(*db, "indicators", indicators::Migrations()));
    RETURN_IF_ERROR(indicators::Seed(*db, absl::Now()));
    auto made = std::make_unique<Observatory>(std::move(db));
    made->feed_ = std::make_unique<EventFeed>(*made->db_, indicators::Records());
    ASSIGN_OR_RETURN(made->tokens_, TokenVerifier::Create({}));
    made->jobs_ = std::make_unique<Jobs>(*made->db_, CountryCall);
    RETURN_IF_ERROR(Migrate(*made->db_, "registry", registry::Migrations()));
    made->service_ = std::make_unique<indicators::IndicatorsService>(
        made->door_of(), *made->db_, *made->feed_, *made->jobs_,
        std::make_shared<registry::Registry>(
            *made->db_, grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials())));
    return made;
  }
  Db& db() { return *db_; }
  indicators::IndicatorsService& service() { return *service_; }

 private:
  Door& door_of() {
    workers_ = std::make_unique<Workers>(1, 1);
    door_ = std::make_unique<Door>(*tokens_, *workers_);
    return *door_;
  }

  std::unique_ptr<Db> db_;
  std::unique_ptr<EventFeed> feed_;
  std::unique_ptr<TokenVerifier> tokens_;
  std::unique_ptr<Workers> workers_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<Jobs> jobs_;
  std::unique_ptr<indicators::IndicatorsService> service_;
};

// The hourly values of the chosen months, station by station and month by month.
void EachHour(const std::function<void(int station, absl::CivilHour hour, int value)>& visit) {
  std::minstd_rand random(1);
  std::lognormal_distribution<double> concentration(3.4, 0.6);
  const int year = absl::GetFlag(FLAGS_year);
  for (int month = absl::GetFlag(FLAGS_first_month); month <= absl::GetFlag(FLAGS_last_month);
       ++month) {
    const absl::CivilMonth of(year, month);
    for (int station = 0; station < Stations(); ++station) {
      for (absl::CivilHour hour(of); absl::CivilMonth(hour) == of; ++hour) {
        visit(station, hour, static_cast<int>(concentration(random)));
      }
    }
  }
}

// The messages of a stream: a hundred runs of a month each, or a thousand single values, hour by
// hour over all stations as they come in.
std::vector<Request> Messages(int64_t& values) {
  std::vector<Request> messages;
  const auto next = [&] {
    messages.emplace_back().set_position(static_cast<int64_t>(messages.size()));
    return &messages.back();
  };
  values = 0;
  if (absl::GetFlag(FLAGS_shape) == "runs") {
    indicators::v1::Run* run = nullptr;
    int last = -1;
    EachHour([&](int station, absl::CivilHour hour, int value) {
      if (station != last || hour == absl::CivilHour(absl::CivilMonth(hour))) {
        Request* message = messages.empty() || messages.back().runs_size() == kPerMessage
                               ? next()
                               : &messages.back();
        run = message->add_runs();
        run->set_site_id(StationId(station));
        run->set_factor("PM2_5");
        run->set_length(Observation::HOUR);
        run->set_start(absl::FormatCivilTime(absl::CivilMinute(hour)));
        run->set_unit("μg/m³");
        last = station;
      }
      run->add_values(value);
      ++values;
    });
    return messages;
  }
  std::map<absl::CivilHour, std::vector<std::pair<int, int>>> hours;
  EachHour([&](int station, absl::CivilHour hour, int value) {
    hours[hour].emplace_back(station, value);
  });
  for (const auto& [hour, of_hour] : hours) {
    for (const auto& [station, value] : of_hour) {
      Request* message = messages.empty() || messages.back().observations_size() == 1000
                             ? next()
                             : &messages.back();
      Observation& one = *message->add_observations();
      one.set_site_id(StationId(station));
      one.set_factor("PM2_5");
      one.set_length(Observation::HOUR);
      one.set_start(absl::FormatCivilTime(absl::CivilMinute(hour)));
      one.set_value(absl::StrCat(value));
      one.set_unit("μg/m³");
      ++values;
    }
  }
  return messages;
}

void Print(const char* name, double figure) { printf("{\"%s\":%.3f}\n", name, figure); }

absl::Status Sql(sqlite3* db, const std::string& sql) {
  return sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK
             ? absl::OkStatus()
             : absl::InternalError(sqlite3_errmsg(db));
}

absl::StatusOr<std::shared_ptr<sqlite3>> OpenRows() {
  sqlite3* raw = nullptr;
  const std::string url = absl::GetFlag(FLAGS_db);
  if (sqlite3_open(std::string(absl::StripPrefix(url, "sqlite:")).c_str(), &raw) != SQLITE_OK) {
    return absl::UnavailableError(url);
  }
  std::shared_ptr<sqlite3> db(raw, sqlite3_close);
  RETURN_IF_ERROR(Sql(raw,
                      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                      "CREATE TABLE IF NOT EXISTS hours (site INTEGER, factor INTEGER,"
                      " hour INTEGER, value INTEGER, PRIMARY KEY (site, factor, hour))"
                      " WITHOUT ROWID"));
  return db;
}

int64_t HourNumber(absl::CivilHour hour) { return hour - absl::CivilHour(1970); }

std::unique_ptr<IndicatorsService::Stub> Connect() {
  return IndicatorsService::NewStub(
      grpc::CreateChannel(absl::GetFlag(FLAGS_target), grpc::InsecureChannelCredentials()));
}

std::unique_ptr<grpc::ClientContext> NewContext() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->AddMetadata("authorization", absl::StrCat("Bearer ", absl::GetFlag(FLAGS_token)));
  return context;
}

// Asks for the means of the year of the cities begin … end − 1.
absl::Status EvaluateCities(IndicatorsService::Stub& stub, int begin, int end) {
  indicators::v1::BatchEvaluateIndicatorsRequest request;
  for (int city = begin; city < end; ++city) request.add_ids(absl::StrCat("bench-", city));
  request.set_year(absl::GetFlag(FLAGS_year));
  indicators::v1::BatchEvaluateIndicatorsResponse response;
  const grpc::Status status = stub.BatchEvaluateIndicators(NewContext().get(), request, &response);
  if (!status.ok()) return absl::InternalError(status.error_message());
  for (const auto& result : response.results()) {
    if (result.evaluation().value().empty()) return absl::InternalError("no value");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeStations() {
  ASSIGN_OR_RETURN(std::unique_ptr<Observatory> observatory, Observatory::Open());
  const Call call = CountryCall();
  for (int city = 0; city < absl::GetFlag(FLAGS_cities); ++city) {
    indicators::v1::BatchCreateSitesRequest sites;
    for (int i = 0; i < absl::GetFlag(FLAGS_per_city); ++i) {
      indicators::v1::Site& site = *sites.add_sites();
      site.set_id(StationId(city * absl::GetFlag(FLAGS_per_city) + i));
      site.set_region(CityCode(city));
      site.set_name(site.id());
      site.set_kind(indicators::v1::Site::AIR_STATION);
    }
    RETURN_IF_ERROR(observatory->service().BatchCreateSites(call, sites).status());
    indicators::v1::CreateIndicatorRequest request;
    indicators::v1::Indicator& indicator = *request.mutable_indicator();
    indicator.set_id(absl::StrCat("bench-", city));
    indicator.set_region(CityCode(city));
    indicator.set_name("PM2.5");
    indicator.set_unit("μg/m³");
    indicator.set_kind(indicators::v1::Indicator::MEAN);
    indicator.set_factor("PM2_5");
    indicator.mutable_sites()->set_kind(indicators::v1::Site::AIR_STATION);
    indicator.mutable_standard()->set_name("GB 3095");
    indicator.mutable_standard()->set_grade("II");
    RETURN_IF_ERROR(observatory->service().CreateIndicator(call, request).status());
  }
  return absl::OkStatus();
}

absl::Status StreamValues() {
  int64_t values = 0;
  const std::vector<Request> messages = Messages(values);
  const std::unique_ptr<IndicatorsService::Stub> stub = Connect();
  const std::unique_ptr<grpc::ClientContext> context = NewContext();
  const absl::Time begin = absl::Now();
  auto stream = stub->StreamObservations(context.get());
  std::thread sender([&] {
    Request first;
    first.set_stream_id(NewId(begin));
    bool open = stream->Write(first);
    for (size_t i = 0; i < messages.size() && open; ++i) open = stream->Write(messages[i]);
    stream->WritesDone();
  });
  Response response;
  int64_t created = 0;
  while (stream->Read(&response)) created += response.created();
  sender.join();
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return absl::InternalError(status.error_message());
  if (created != values) return absl::InternalError("values were there already");
  Print("per_second", values / absl::ToDoubleSeconds(absl::Now() - begin));
  return absl::OkStatus();
}

absl::Status InsertRows() {
  ASSIGN_OR_RETURN(std::shared_ptr<sqlite3> db, OpenRows());
  struct One {
    int station;
    int64_t hour;
    int value;
  };
  std::vector<One> all;
  EachHour([&](int station, absl::CivilHour hour, int value) {
    all.push_back({station, HourNumber(hour), value});
  });
  const absl::Time begin = absl::Now();
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(db.get(), "INSERT INTO hours VALUES (?, 1, ?, ?)", -1, &insert, nullptr);
  RETURN_IF_ERROR(Sql(db.get(), "BEGIN"));
  for (const One& one : all) {
    sqlite3_bind_int(insert, 1, one.station);
    sqlite3_bind_int64(insert, 2, one.hour);
    sqlite3_bind_int(insert, 3, one.value);
    if (sqlite3_step(insert) != SQLITE_DONE) return absl::InternalError(sqlite3_errmsg(db.get()));
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  RETURN_IF_ERROR(Sql(db.get(), "COMMIT"));
  Print("per_second", static_cast<double>(all.size()) / absl::ToDoubleSeconds(absl::Now() - begin));
  return absl::OkStatus();
}

absl::Status PrintRows() {
  EachHour([&](int station, absl::CivilHour hour, int value) {
    printf("%d\t1\t%lld\t%d\n", station, static_cast<long long>(HourNumber(hour)), value);
  });
  return absl::OkStatus();
}

// The mean of one city, then those of all, a hundred to a call, the calls at once.
absl::Status EvaluateCountry() {
  const std::unique_ptr<IndicatorsService::Stub> stub = Connect();
  // The connection and this process are not measured.
  indicators::v1::GetSiteRequest site;
  site.set_id(StationId(0));
  indicators::v1::Site found;
  const grpc::Status status = stub->GetSite(NewContext().get(), site, &found);
  if (!status.ok()) return absl::InternalError(status.error_message());
  absl::Time begin = absl::Now();
  RETURN_IF_ERROR(EvaluateCities(*stub, 0, 1));
  const double one = absl::ToDoubleMilliseconds(absl::Now() - begin);
  begin = absl::Now();
  std::vector<std::future<absl::Status>> calls;
  const int cities = absl::GetFlag(FLAGS_cities);
  for (int city = 0; city < cities; city += 100) {
    calls.push_back(std::async(std::launch::async, EvaluateCities, std::ref(*stub), city,
                               std::min(city + 100, cities)));
  }
  for (std::future<absl::Status>& call : calls) RETURN_IF_ERROR(call.get());
  printf("{\"one_ms\":%.3f,\"all_ms\":%.3f}\n", one,
         absl::ToDoubleMilliseconds(absl::Now() - begin));
  return absl::OkStatus();
}

absl::Status CorrectHours() {
  StartProcess("lucid-bench");
  ASSIGN_OR_RETURN(std::unique_ptr<Observatory> observatory, Observatory::Open());
  Call call = CountryCall();
  call.actor.region = std::string(kCountry);
  const int year = absl::GetFlag(FLAGS_year);
  indicators::v1::EvaluateIndicatorRequest evaluate;
  evaluate.set_id("bench-0");
  evaluate.set_year(year);
  std::vector<double> times;
  for (int day = 1; day <= 25; ++day) {
    indicators::v1::BatchCreateObservationsRequest correction;
    Observation& one = *correction.add_observations();
    one.set_site_id(StationId(0));
    one.set_factor("PM2_5");
    one.set_length(Observation::HOUR);
    one.set_start(absl::FormatCivilTime(absl::CivilMinute(year, 7, day, 9)));
    one.set_value(absl::StrCat(1000 + day));
    one.set_unit("μg/m³");
    one.set_note("仪器校准");
    const absl::Time begin = absl::Now();
    RETURN_IF_ERROR(observatory->service().BatchCreateObservations(call, correction).status());
    RETURN_IF_ERROR(observatory->service().EvaluateIndicator(call, evaluate).status());
    times.push_back(absl::ToDoubleMilliseconds(absl::Now() - begin));
  }
  std::sort(times.begin(), times.end());
  Print("correction_ms", times[times.size() / 2]);
  return absl::OkStatus();
}

std::string AnnualMeans(const std::string& where) {
  return absl::StrCat(
      "WITH days AS (SELECT site, hour / 24 AS day, SUM(value) * 1.0 / COUNT(*) AS mean"
      " FROM hours WHERE ",
      where,
      " GROUP BY site, hour / 24 HAVING COUNT(*) >= 20),"
      " cities AS (SELECT site / ",
      absl::GetFlag(FLAGS_per_city),
      " AS city, day, AVG(mean) AS mean FROM days GROUP BY 1, 2)"
      " SELECT city, AVG(mean), COUNT(*) FROM cities GROUP BY city");
}

absl::Status QueryRows() {
  ASSIGN_OR_RETURN(std::shared_ptr<sqlite3> db, OpenRows());
  const std::string in_year = absl::StrCat(
      "factor = 1 AND hour >= ", HourNumber(absl::CivilHour(absl::GetFlag(FLAGS_year))),
      " AND hour < ", HourNumber(absl::CivilHour(absl::GetFlag(FLAGS_year) + 1)));
  absl::Time begin = absl::Now();
  RETURN_IF_ERROR(Sql(db.get(), AnnualMeans(absl::StrCat("site < ", absl::GetFlag(FLAGS_per_city),
                                                         " AND ", in_year))));
  const double one = absl::ToDoubleMilliseconds(absl::Now() - begin);
  begin = absl::Now();
  RETURN_IF_ERROR(Sql(db.get(), AnnualMeans(in_year)));
  printf("{\"one_ms\":%.3f,\"all_ms\":%.3f}\n", one,
         absl::ToDoubleMilliseconds(absl::Now() - begin));
  return absl::OkStatus();
}

}  // namespace lucid::bench
