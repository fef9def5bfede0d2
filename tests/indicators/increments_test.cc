// What is kept beside the observations: after any sequence of inserts, late data, corrections and
// invalidations the kept days equal those made anew from all observations, and so do the values
// evaluated from them; and what a value costs to store.
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/indicators/indicators_days_store.h"
#include "services/indicators/indicators_rules.h"
#include "tests/indicators/indicators_fixture.h"

namespace lucid::indicators {
namespace {

using v1::Observation;
using Request = v1::StreamObservationsRequest;

class IncrementsTest : public IndicatorsFixture {
 protected:
  void MakeStations(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_OK(Site(
          absl::StrCat("id: 's", i, "' region: '210411' name: '顺城站", i, "' kind: AIR_STATION")));
    }
    ASSERT_OK(Indicator(kPm25));
  }

  absl::StatusOr<v1::ObservationBatch> Observe(const Observation& one) {
    v1::BatchCreateObservationsRequest request;
    *request.add_observations() = one;
    return service_.BatchCreateObservations(Monitor(), request);
  }

  // Sends the message as the next one of a stream of its own.
  absl::StatusOr<v1::StreamObservationsResponse> Stream(Request message) {
    const Call call = Monitor();
    auto stream = service_.StreamObservations(call);
    if (!stream.ok()) return stream.status();
    message.set_stream_id(absl::StrCat("s-", ++streams_));
    message.set_position(1);
    std::deque<Request> arrived = {std::move(message)};
    v1::StreamObservationsResponse response;
    RETURN_IF_ERROR((*stream)->Take(call, arrived, response));
    return response;
  }

  absl::Status CheckKept() {
    return db().Read([](Tx& tx) { return CheckYears(tx); });
  }

  std::string Evaluated(int year) {
    v1::EvaluateIndicatorRequest request;
    request.set_id("pm");
    request.set_year(year);
    auto evaluation = service_.EvaluateIndicator(CallAsOffice(), request);
    return evaluation.ok() ? evaluation->DebugString() : evaluation.status().ToString();
  }

  // Bytes of the database, indexes included.
  int64_t Size() {
    return *db().Read([&](Tx& tx) -> absl::StatusOr<int64_t> {
      ASSIGN_OR_RETURN(
          Rows rows,
          tx.Run(sqlite() ? "SELECT c.page_count * s.page_size FROM pragma_page_count() c,"
                            " pragma_page_size() s"
                          : "SELECT pg_database_size(current_database())"));
      return rows.Int(0, 0);
    });
  }

  int streams_ = 0;
};
EVERY_ENGINE(IncrementsTest);

// All observations, as a person would keep them.
class Ledger {
 public:
  using Key = std::tuple<std::string, Observation::Length, absl::CivilMinute>;

  const Sample* Find(const Key& key) const {
    auto found = samples_.find(key);
    return found == samples_.end() ? nullptr : &found->second;
  }
  void Put(const Key& key, Sample sample) { samples_[key] = std::move(sample); }

  ObservedYear Year(const std::string& subject, absl::CivilYear year) const {
    ObservedYear result(year);
    for (auto length : {Observation::HOUR, Observation::DAY}) {
      for (absl::CivilMonth month(year); absl::CivilYear(month) == year; ++month) {
        std::vector<Sample> samples;
        for (auto one = samples_.lower_bound({subject, length, absl::CivilMinute(month)});
             one != samples_.end() &&
             one->first < Key{subject, length, absl::CivilMinute(month + 1)};
             ++one) {
          samples.push_back(one->second);
        }
        result.SetMonth(length, month, samples);
      }
    }
    return result;
  }

 private:
  std::map<Key, Sample> samples_;
};

TEST_P(IncrementsTest, KeptDaysEqualARecomputationAfterAnySequence) {
  MakeStations(2);
  std::mt19937 random(11);
  Ledger ledger;
  const absl::CivilHour begin(2023, 11, 28);
  for (int round = 0; round < 150; ++round) {
    const std::string site = absl::StrCat("s", random() % 2);
    const auto length = random() % 4 ? Observation::HOUR : Observation::DAY;
    // Around the turn of a year, in any order.
    const absl::CivilHour at = begin + static_cast<int>(random() % (70 * 24));
    Sample sample;
    sample.start =
        length == Observation::HOUR ? absl::CivilMinute(at) : absl::CivilMinute(absl::CivilDay(at));
    sample.value = Decimal(static_cast<int>(random() % 3000), static_cast<int>(random() % 3));
    sample.unit = "μg/m³";
    sample.invalid = random() % 6 == 0;
    if (random() % 8 == 0) sample.qualifier = Observation::NOT_DETECTED;
    sample.note = "核查";
    if (random() % 2) {
      Observation one = WriteObservation(sample, length);
      one.set_site_id(site);
      one.set_factor("PM2_5");
      ASSERT_OK(Observe(one));
      ledger.Put({SiteSubject(site), length, sample.start}, sample);
      continue;
    }
    Request message;
    v1::Run& run = *message.add_runs();
    run.set_site_id(site);
    run.set_factor("PM2_5");
    run.set_length(length);
    run.set_start(FormatStart(sample.start, length));
    run.set_unit("μg/m³");
    run.set_scale(1);
    run.set_note("重算");
    const int count = 1 + static_cast<int>(random() % (length == Observation::HOUR ? 200 : 20));
    for (int i = 0; i < count; ++i) {
      run.add_values(static_cast<int>(random() % 3000));
      Sample value;
      value.start = Advance(sample.start, length, i);
      value.value = Decimal(run.values(i), 1);
      value.unit = "μg/m³";
      if (random() % 20 == 0) {
        v1::Run::Exception& exception = *run.add_exceptions();
        exception.set_index(i);
        exception.set_missing(random() % 2);
        exception.set_invalid(!exception.missing());
        exception.set_note("停电");
        if (exception.missing()) continue;
        value.invalid = true;
      }
      ledger.Put({SiteSubject(site), length, value.start}, value);
    }
    ASSERT_OK(Stream(std::move(message)));
  }
  ASSERT_OK(CheckKept());
  for (const std::string site : {"s0", "s1"}) {
    for (int year : {2023, 2024}) {
      const YearKey key{SiteSubject(site), "PM2_5", absl::CivilYear(year)};
      auto kept = db().Read([&](Tx& tx) -> absl::StatusOr<ObservedYear> {
        ASSIGN_OR_RETURN(Years years, Years::Find(tx, {key}));
        return years.At(tx, key);
      });
      ASSERT_OK(kept);
      EXPECT_TRUE(*kept == ledger.Year(key.subject, key.year)) << site << " " << year;
    }
  }
  const std::string before = Evaluated(2023) + Evaluated(2024);
  ASSERT_OK(db().Write([](Tx& tx) { return tx.Run("DELETE FROM observation_years").status(); }));
  EXPECT_EQ(Evaluated(2023) + Evaluated(2024), before);
}

TEST_P(IncrementsTest, AChangedDayIsFoundByTheCheck) {
  MakeStations(1);
  ASSERT_OK(Observe(From<Observation>(
      "site_id: 's0' factor: 'PM2_5' length: DAY start: '2023-05-01' value: '35' unit: 'μg/m³'")));
  ASSERT_OK(CheckKept());
  ASSERT_OK(db().Write([](Tx& tx) -> absl::Status {
    const YearKey key{SiteSubject("s0"), "PM2_5", absl::CivilYear(2023)};
    return SaveYears(tx, {{key, ObservedYear(key.year)}});
  }));
  EXPECT_THAT(CheckKept(), StatusIs(absl::StatusCode::kDataLoss));
}

// Stations report at the turn of each month, as they do by order.
TEST_P(IncrementsTest, AnHourlyValueCostsAtMostTwelveBytes) {
  constexpr int kStations = 20;
  MakeStations(kStations);
  std::mt19937 random(17);
  std::lognormal_distribution<double> concentration(3.4, 0.6);
  const int64_t before = Size();
  int64_t values = 0;
  for (absl::CivilMonth month(2023, 1); month < absl::CivilMonth(2024, 1); ++month) {
    Request message;
    for (int i = 0; i < kStations; ++i) {
      v1::Run& run = *message.add_runs();
      run.set_site_id(absl::StrCat("s", i));
      run.set_factor("PM2_5");
      run.set_length(Observation::HOUR);
      run.set_start(FormatStart(absl::CivilMinute(month), Observation::HOUR));
      run.set_unit("μg/m³");
      for (absl::CivilHour hour(month); absl::CivilMonth(hour) == month; ++hour) {
        if (random() % 100 == 0) {
          v1::Run::Exception& exception = *run.add_exceptions();
          exception.set_index(run.values_size());
          exception.set_missing(true);
        }
        run.add_values(static_cast<int64_t>(concentration(random)));
      }
      values += run.values_size() - run.exceptions_size();
    }
    auto stored = Stream(std::move(message));
    ASSERT_OK(stored);
  }
  const double bytes = static_cast<double>(Size() - before) / static_cast<double>(values);
  RecordProperty("bytes_per_value", absl::StrCat(bytes));
  EXPECT_LE(bytes, 12);
  ASSERT_OK(CheckKept());
}

}  // namespace
}  // namespace lucid::indicators
