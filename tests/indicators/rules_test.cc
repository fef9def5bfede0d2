// What may be recorded, and how runs keep it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "services/indicators/indicators_rules.h"
#include "services/indicators/indicators_standards.h"
#include "tests/testing/matchers.h"

namespace lucid::indicators {
namespace {

using v1::Observation;

const absl::CivilMinute kNow(2024, 9, 18, 5, 30);

Observation Daily(absl::string_view value) {
  Observation observation;
  observation.set_length(Observation::DAY);
  observation.set_start("2023-05-01");
  observation.set_value(std::string(value));
  observation.set_unit("μg/m³");
  return observation;
}

const ValueRule kPm25{"μg/m³", false, 3, false};

TEST(Observation, KeepsItsDigits) {
  EXPECT_EQ(ReadObservation(Daily("35.0"), kPm25, kNow)->value.ToString(), "35.0");
  Observation other = Daily("0.0351");
  other.set_unit("mg/m3");
  absl::StatusOr<Sample> converted = ReadObservation(other, kPm25, kNow);
  EXPECT_EQ(converted->value.ToString(), "35.1");
  EXPECT_EQ(converted->unit, "μg/m³");
}

TEST(Observation, RefusesWhatIsNoConcentration) {
  for (absl::string_view value :
       {"NaN",          "nan",    "inf",     "-inf", "Infinity", "1e400", "1E5",
        "-1",           "-0.001", "",        " 35",  "35 ",      "35,1",  "1,000",
        "３５",         "0x10",   "35.0001", "+35",  "5LL",      "L",     "99999999999999999999",
        "9999999999999"}) {
    EXPECT_THAT(ReadObservation(Daily(value), kPm25, kNow),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << value;
  }
  for (absl::string_view unit : {"", "furlong", "km", "mg"}) {
    Observation observation = Daily("35");
    observation.set_unit(std::string(unit));
    EXPECT_THAT(ReadObservation(observation, kPm25, kNow),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << unit;
  }
}

TEST(Observation, SaysWhatItSaysInFewWords) {
  Observation observation = Daily("35");
  observation.set_note(std::string(2'100, 'n'));
  observation.set_source(std::string(200, 's'));
  EXPECT_TRUE(ReadObservation(observation, kPm25, kNow).ok());
  observation.set_note(std::string(2'101, 'n'));
  EXPECT_THAT(ReadObservation(observation, kPm25, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument));
  observation.set_note("");
  observation.set_source(std::string(201, 's'));
  EXPECT_THAT(ReadObservation(observation, kPm25, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Observation, BeginsWhereItsLengthMayBegin) {
  const struct {
    Observation::Length length;
    absl::string_view start;
    bool good;
  } kCases[] = {
      {Observation::DAY, "2023-02-28", true},
      {Observation::DAY, "2023-02-29", false},
      {Observation::DAY, "2024-02-29", true},
      {Observation::DAY, "2023-02-30", false},
      {Observation::DAY, "2023-05-01T00:00", false},
      {Observation::DAY, "2024-09-17", true},
      {Observation::DAY, "2024-09-18", false},        // today has not ended
      {Observation::HOUR, "2024-09-18T05:00", true},  // has begun
      {Observation::HOUR, "2024-09-18T06:00", false},
      {Observation::INSTANT, "2024-09-18T05:30", true},
      {Observation::INSTANT, "2024-09-18T05:31", false},
      {Observation::HOUR, "2024-09-19T00:00", false},
      {Observation::HOUR, "2023-05-01T13:00", true},
      {Observation::HOUR, "2023-05-01T24:00", false},
      {Observation::HOUR, "2023-05-01T13:30", false},
      {Observation::HOUR, "2023-05-01", false},
      {Observation::HOUR, "2023-05-01 13:00", false},
      {Observation::INSTANT, "2023-05-01T13:30", true},
      {Observation::INSTANT, "2023-05-01", true},
      {Observation::INSTANT, "2023-05-01T13:60", false},
      {Observation::MONTH, "2023-05-01", true},
      {Observation::MONTH, "2023-05-02", false},
      {Observation::MONTH, "2024-09-01", false},
      {Observation::YEAR, "2023-01-01", true},
      {Observation::YEAR, "2023-02-01", false},
      {Observation::YEAR, "2024-01-01", false},
      {Observation::LENGTH_UNSPECIFIED, "2023-01-01", false},
      {Observation::DAY, "", false},
  };
  for (const auto& c : kCases) {
    Observation observation = Daily("35");
    observation.set_length(c.length);
    observation.set_start(std::string(c.start));
    EXPECT_EQ(ReadObservation(observation, kPm25, kNow).ok(), c.good)
        << Observation::Length_Name(c.length) << " " << c.start;
  }
}

TEST(Observation, QualifiersSayWhyThereIsNoValue) {
  Observation observation = Daily("0.05L");
  absl::StatusOr<Sample> sample = ReadObservation(observation, kPm25, kNow);
  ASSERT_OK(sample);
  EXPECT_EQ(sample->qualifier, Observation::NOT_DETECTED);
  EXPECT_EQ(sample->used(), 0.025_dec);
  observation = Daily("");
  observation.set_qualifier(Observation::FROZEN);
  EXPECT_FALSE(ReadObservation(observation, kPm25, kNow)->usable());
  observation.set_value("3");
  EXPECT_THAT(ReadObservation(observation, kPm25, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument));
  observation = Daily("35");
  observation.set_invalid(true);
  EXPECT_THAT(ReadObservation(observation, kPm25, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument));
  observation.set_note("仪器故障");
  EXPECT_FALSE(ReadObservation(observation, kPm25, kNow)->usable());
}

Sample At(absl::CivilMinute start, Decimal value) {
  Sample sample;
  sample.start = start;
  sample.value = value;
  sample.unit = "μg/m³";
  return sample;
}

TEST(Merge, TheSameObservationTwiceIsOne) {
  std::vector<Sample> samples;
  const absl::CivilMinute day(2023, 5, 1);
  EXPECT_EQ(Merge(At(day, 35), samples)->effect, Merged::Effect::kCreated);
  EXPECT_EQ(Merge(At(day, 35.0_dec), samples)->effect, Merged::Effect::kUnchanged);
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].value.ToString(), "35");
}

TEST(Merge, ADifferentValueNeedsAReason) {
  const absl::CivilMinute day(2023, 5, 1);
  std::vector<Sample> samples = {At(day, 35)};
  Sample corrected = At(day, 36);
  EXPECT_THAT(Merge(corrected, samples), HasReason("CORRECTION_NEEDS_REASON"));
  EXPECT_EQ(samples[0].value, Decimal(35));
  corrected.note = "校准后重算";
  absl::StatusOr<Merged> merged = Merge(corrected, samples);
  EXPECT_EQ(merged->effect, Merged::Effect::kCorrected);
  EXPECT_EQ(merged->before.value, Decimal(35));
  EXPECT_EQ(samples[0].value, Decimal(36));
  EXPECT_EQ(samples[0].revision, 1);
}

TEST(Runs, GiveBackWhatWasPacked) {
  std::mt19937 random(1);
  const absl::CivilMonth month(2024, 2);
  for (Observation::Length length : {Observation::HOUR, Observation::DAY, Observation::INSTANT,
                                     Observation::MONTH, Observation::YEAR}) {
    for (int round = 0; round < 20; ++round) {
      std::vector<Sample> samples;
      for (int i = 0; i < 28; ++i) {
        if (random() % 3 == 0) continue;
        absl::CivilMinute start(absl::CivilDay(month) + i);
        if (length == Observation::HOUR)
          start = absl::CivilMinute(absl::CivilHour(start) + random() % 24);
        if (length == Observation::INSTANT) start += random() % 1440;
        if (length > Observation::DAY && length != Observation::INSTANT) {
          start = absl::CivilMinute(month);
        }
        Sample sample = At(start, Decimal(static_cast<int64_t>(random() % 100'000),
                                          round % 2 == 0 ? 1 : static_cast<int>(random() % 4)));
        if (random() % 5 == 0) {
          sample.note = "n";
          sample.revision = 2;
          sample.unit = "mg/m³";
        }
        if (random() % 7 == 0) sample.qualifier = Observation::NOT_DETECTED;
        samples.push_back(sample);
        if (start == absl::CivilMinute(month) && length > Observation::DAY &&
            length != Observation::INSTANT) {
          break;
        }
      }
      absl::StatusOr<std::vector<Sample>> back =
          Unpack(Pack(samples, length, month), length, month);
      ASSERT_OK(back);
      ASSERT_EQ(back->size(), samples.size());
      for (size_t i = 0; i < samples.size(); ++i) {
        EXPECT_EQ((*back)[i].start, samples[i].start);
        EXPECT_EQ((*back)[i].value.ToString(), samples[i].value.ToString());
        EXPECT_TRUE((*back)[i].SameValue(samples[i]));
        EXPECT_EQ((*back)[i].note, samples[i].note);
        EXPECT_EQ((*back)[i].revision, samples[i].revision);
      }
    }
  }
}

TEST(Runs, AMonthOfHoursIsSmall) {
  std::vector<Sample> samples;
  for (absl::CivilHour hour(2023, 5, 1); hour.month() == 5; ++hour) {
    samples.push_back(At(absl::CivilMinute(hour), Decimal(30 + hour.hour())));
  }
  std::string bytes =
      Pack(samples, Observation::HOUR, absl::CivilMonth(2023, 5)).SerializeAsString();
  EXPECT_LT(bytes.size(), samples.size() * 3);
}

TEST(Runs, ABrokenRunIsNotRead) {
  v1::ObservationRun run;
  run.add_offsets(0);
  const absl::CivilMonth month(2023, 5);
  EXPECT_THAT(Unpack(run, Observation::DAY, month), StatusIs(absl::StatusCode::kDataLoss));
  run.add_mantissas(1);
  EXPECT_THAT(Unpack(run, Observation::DAY, month), StatusIs(absl::StatusCode::kDataLoss));
  run.add_scales(40);
  EXPECT_THAT(Unpack(run, Observation::DAY, month), StatusIs(absl::StatusCode::kDataLoss));
}

v1::Indicator Indicator(v1::Indicator::Kind kind) {
  v1::Indicator indicator;
  indicator.set_region("210400");
  indicator.set_name("n");
  indicator.set_unit("%");
  indicator.set_kind(kind);
  return indicator;
}

TEST(Indicator, EachKindHasItsRulesAndNoOthers) {
  EXPECT_OK(CheckIndicator(Indicator(v1::Indicator::GAUGE)));
  for (auto kind : {v1::Indicator::KIND_UNSPECIFIED, v1::Indicator::REGISTER, v1::Indicator::MEAN,
                    v1::Indicator::RATIO, v1::Indicator::BOUND, v1::Indicator::CLASS}) {
    EXPECT_THAT(CheckIndicator(Indicator(kind)), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  v1::Indicator gauge = Indicator(v1::Indicator::GAUGE);
  gauge.mutable_class_rule();
  EXPECT_THAT(CheckIndicator(gauge), StatusIs(absl::StatusCode::kInvalidArgument));
  v1::Indicator mean = Indicator(v1::Indicator::MEAN);
  mean.set_factor("PM2_5");
  mean.set_unit("μg/m³");
  mean.mutable_sites()->set_kind(v1::Site::AIR_STATION);
  EXPECT_OK(CheckIndicator(mean));
  mean.mutable_standard()->set_name("GB 3095");
  EXPECT_THAT(CheckIndicator(mean), StatusIs(absl::StatusCode::kInvalidArgument));
  mean.mutable_standard()->set_grade("II");
  EXPECT_OK(CheckIndicator(mean));
  mean.mutable_standard()->set_name("GB 9999");
  EXPECT_THAT(CheckIndicator(mean), StatusIs(absl::StatusCode::kInvalidArgument));
  mean = Indicator(v1::Indicator::MEAN);
  mean.set_factor("NH3N");
  mean.mutable_sites()->set_kind(v1::Site::AIR_STATION);
  EXPECT_THAT(CheckIndicator(mean), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Indicator, CountsSitesWithoutARegister) {
  v1::Indicator indicator = Indicator(v1::Indicator::REGISTER);
  indicator.set_unit("个");
  indicator.mutable_register_rule()->set_aggregate(v1::RegisterRule::SITES);
  EXPECT_THAT(CheckIndicator(indicator), StatusIs(absl::StatusCode::kInvalidArgument));
  indicator.mutable_sites()->set_kind(v1::Site::WATER_SECTION);
  EXPECT_OK(CheckIndicator(indicator));
  indicator.mutable_register_rule()->set_register_id("r");
  EXPECT_THAT(CheckIndicator(indicator), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Sites, LieOnTheGlobeAndHaveOneRoleAtATime) {
  v1::Site site;
  site.set_region("210400");
  site.set_name("a");
  site.set_kind(v1::Site::AIR_STATION);
  const auto role = [&](const char* from, const char* to) {
    v1::StationRole& dated = *site.add_roles();
    dated.set_role(v1::StationRole::CLEAN_CONTROL);
    dated.set_from_day(from);
    dated.set_to_day(to);
  };
  role("2023-01-01", "2023-06-30");
  role("2023-07-01", "");
  EXPECT_OK(CheckSite(site));
  site.mutable_roles(1)->set_from_day("2023-06-30");
  EXPECT_THAT(std::string(CheckSite(site).message()), ::testing::HasSubstr("roles[1].from_day"));
  site.clear_roles();
  for (const auto& [lng, lat] : {std::pair{123.9, 41.9},
                                 {181.0, 0.0},
                                 {0.0, -90.1},
                                 {NAN, 0.0},
                                 {0.0, NAN},
                                 {INFINITY, 0.0}}) {
    site.mutable_point()->set_lng(lng);
    site.mutable_point()->set_lat(lat);
    EXPECT_EQ(CheckSite(site).ok(), lng == 123.9) << lng << " " << lat;
  }
}

TEST(Items, AFallingTotalIsExplained) {
  v1::RegisterItem before;
  before.set_day("2023-05-01");
  before.set_quantity("10");
  before.set_unit("亩");
  auto check = [&](auto change, absl::string_view note) {
    v1::RegisterItem after = before;
    change(after);
    after.set_note(std::string(note));
    return CheckItemChange(before, after);
  };
  auto less = [](v1::RegisterItem& item) { item.set_quantity("9.9"); };
  auto more = [](v1::RegisterItem& item) { item.set_quantity("10.1"); };
  auto withdraw = [](v1::RegisterItem& item) { item.set_state(v1::RegisterItem::WITHDRAWN); };
  auto later = [](v1::RegisterItem& item) { item.set_day("2023-05-02"); };
  EXPECT_THAT(check(less, ""), HasReason("FALL_NEEDS_EXPLANATION"));
  EXPECT_OK(check(less, "重新测量"));
  EXPECT_OK(check(more, ""));
  EXPECT_THAT(check(withdraw, ""), HasReason("FALL_NEEDS_EXPLANATION"));
  EXPECT_THAT(check(later, ""), HasReason("FALL_NEEDS_EXPLANATION"));
  // The note of long ago explains nothing.
  before.set_note("old");
  EXPECT_THAT(check(less, "old"), HasReason("FALL_NEEDS_EXPLANATION"));
}

TEST(Standards, ALimitThatIsNotKnownIsAbsent) {
  const Edition& in2031 = **FindEdition("GB 3095", absl::CivilDay(2031, 6, 1));
  EXPECT_EQ(FindLimit(in2031, "NO2", v1::Limit::HOURLY, "II"), nullptr);
  EXPECT_EQ(FindLimit(in2031, "CO", v1::Limit::ANNUAL, "II"), nullptr);
  EXPECT_NE(FindLimit(in2031, "NO2", v1::Limit::DAILY, "II"), nullptr);
  EXPECT_THAT(FindEdition("GB 3095", absl::CivilDay(2015, 12, 31)), HasReason("NO_STANDARD"));
  EXPECT_THAT(FindEdition("GB 1", absl::CivilDay(2023, 1, 1)), HasReason("NO_STANDARD"));
}

TEST(Standards, EditionsFollowEachOtherWithoutGapOrOverlap) {
  const Edition* before = nullptr;
  for (absl::CivilDay day(2016, 1, 1); day < absl::CivilDay(2032, 1, 1); ++day) {
    int in_force = 0;
    for (const Edition& edition : Editions()) {
      if (edition.name != "GB 3095" || day < edition.from || (edition.to && day > *edition.to))
        continue;
      ++in_force;
      before = &edition;
    }
    ASSERT_EQ(in_force, 1) << day;
    ASSERT_EQ(*FindEdition("GB 3095", day), before);
  }
}

TEST(Regions, TheCommonOneHoldsBoth) {
  EXPECT_EQ(CommonRegion("210411", "210411"), "210411");
  EXPECT_EQ(CommonRegion("210411", "210402"), "210400");
  EXPECT_EQ(CommonRegion("210400", "210402"), "210400");
  EXPECT_EQ(CommonRegion("210402", "210400"), "210400");
  EXPECT_EQ(CommonRegion("210402", "210500"), "210000");
  EXPECT_EQ(CommonRegion("210402", "110000"), "100000");
}

}  // namespace
}  // namespace lucid::indicators
