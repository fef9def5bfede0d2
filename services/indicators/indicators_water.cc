// The quality of water, section by section and water by water.
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/page.h"
#include "services/base/region.h"
#include "services/indicators/indicators_samples.h"
#include "services/indicators/indicators_section_rules.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_standards_store.h"
#include "services/indicators/indicators_store.h"
#include "services/indicators/indicators_water_body_rules.h"
#include "services/indicators/indicators_water_evaluation.h"

namespace lucid::indicators {
namespace {

absl::StatusOr<Period> YearOrMonth(int year, int month, absl::CivilDay today) {
  FieldErrors errors;
  if (year < 1900 || year > 2200) errors.Add("year", "must be in 1900 … 2200");
  if (month < 0 || month > 12) errors.Add("month", "must be 1 … 12, or 0 for the whole year");
  RETURN_IF_ERROR(errors.status());
  if (month == 0) return MakePeriod(year, "", "", today);
  const absl::CivilMonth whole(year, month);
  return Period{absl::CivilDay(whole), absl::CivilDay(whole + 1) - 1, today};
}

// What sections are judged by, as one request has it, on one snapshot.
struct Judging {
  std::string region;
  v1::AssessmentSet::Level set = v1::AssessmentSet::LEVEL_UNSPECIFIED;
  Period period;
  Edition edition;
  std::optional<v1::FactorSet> factor_set;

  std::vector<std::string> RequiredAt(const v1::Site& site) const {
    return RequiredFactors({}, factor_set ? &*factor_set : nullptr, edition, site, period.last());
  }
  // The sections of the set at the end of the period, by id.
  absl::StatusOr<std::vector<v1::Site>> Sites(Tx& tx) const {
    v1::SiteSelection selection;
    selection.set_kind(v1::Site::WATER_SECTION);
    selection.set_set(set);
    ASSIGN_OR_RETURN(std::vector<v1::Site> sites, SelectSites(tx, region, selection));
    std::erase_if(sites, [&](const v1::Site& site) { return !InSet(site, period, set); });
    return sites;
  }
  absl::StatusOr<ClassifiedSection> Classify(Tx& tx, const v1::Site& site) const {
    ASSIGN_OR_RETURN(Section section, LoadSection(tx, site, period));
    SectionClass result =
        ClassifySection(edition, section, RequiredAt(site), period.WholeYear() ? 12 : 1);
    return ClassifiedSection{std::move(section), std::move(result)};
  }
};

template <class Request>
absl::StatusOr<Judging> JudgingFor(Tx& tx, const Call& call, const Request& request) {
  Judging judging;
  judging.region = request.region().empty() ? call.actor.region : request.region();
  RETURN_IF_ERROR(CheckRegion("region", judging.region));
  judging.set = request.set();
  ASSIGN_OR_RETURN(judging.period, YearOrMonth(request.year(), request.month(), call.today));
  ASSIGN_OR_RETURN(const std::vector<Edition> editions, LoadEditions(tx));
  ASSIGN_OR_RETURN(const Edition* edition,
                   FindEdition("GB 3838", judging.period.to, request.edition(), editions));
  judging.edition = *edition;
  if (!request.factor_set().empty()) {
    ASSIGN_OR_RETURN(judging.factor_set, FactorSetOn(tx, request.factor_set(), judging.period.to));
  }
  return judging;
}

template <class Response>
void NameEdition(const Edition& edition, Response& response) {
  response.set_standard(edition.label());
  response.set_standard_id(edition.id);
  response.set_standard_version(edition.version);
}

// What binds a page token to its query.
template <class Request>
std::string Identity(const Judging& judging, const Request& request) {
  Request query = request;
  query.clear_page_size();
  query.clear_page_token();
  return absl::StrCat(query.GetTypeName(), "\n", judging.region, "\n", query.SerializeAsString());
}

// The keys that a page begins behind; empty on the first.
template <class Request>
absl::StatusOr<std::string> KeyBehind(const std::string& identity, const Request& request) {
  if (request.page_token().empty()) return std::string();
  ASSIGN_OR_RETURN(std::vector<std::string> keys, ReadPageToken(identity, request.page_token()));
  if (keys.size() != 1) return InvalidField("page_token", "was not given out for this query");
  return keys[0];
}

// A water and its sections.
struct Water {
  WaterBody body;
  std::vector<const v1::Site*> sites;
};

// The waters that the sites lie in, by a name that says what they are; sites that name none are
// left out.
std::map<std::string, Water> WatersOf(const std::vector<v1::Site>& sites, bool basins,
                                      const std::string& name) {
  std::map<std::string, Water> waters;
  for (const v1::Site& site : sites) {
    const std::string& of_site = basins ? site.basin() : site.water_name();
    const bool lake = site.water_body() == v1::WaterQuality::LAKE;
    if (of_site.empty() || (!name.empty() && name != of_site)) continue;
    // A basin is graded by its rivers: its lakes have other limits and grades of their own.
    if (basins && lake) continue;
    Water& water = waters[absl::StrCat(of_site, lake ? " LAKE" : "")];
    water.body = {of_site, lake ? v1::WaterQuality::LAKE : v1::WaterQuality::RIVER, basins, {}};
    water.sites.push_back(&site);
  }
  return waters;
}

}  // namespace

absl::StatusOr<v1::ListWaterQualityResponse> IndicatorsService::ListWaterQuality(
    const Call& call, const v1::ListWaterQualityRequest& request) {
  ASSIGN_OR_RETURN(const int64_t limit, PageSize(request.page_size()));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListWaterQualityResponse> {
    ASSIGN_OR_RETURN(const Judging judging, JudgingFor(tx, call, request));
    const std::string identity = Identity(judging, request);
    ASSIGN_OR_RETURN(const std::string behind, KeyBehind(identity, request));
    ASSIGN_OR_RETURN(const std::vector<v1::Site> sites, judging.Sites(tx));
    v1::ListWaterQualityResponse response;
    NameEdition(judging.edition, response);
    for (const v1::Site& site : sites) {
      if (site.id() <= behind) continue;
      if (response.sections_size() == limit) {
        response.set_next_page_token(
            MakePageToken(identity, {response.sections(response.sections_size() - 1).site_id()}));
        break;
      }
      ASSIGN_OR_RETURN(const ClassifiedSection one, judging.Classify(tx, site));
      v1::SiteEvaluation& shown = *response.add_sections();
      ShowSection(one.section, one.result, judging.RequiredAt(site), judging.period, shown);
      if (one.result.assessed && shown.target_class() != v1::WaterQuality::CLASS_UNSPECIFIED) {
        shown.set_verdict(
            VerdictOf(v1::ClassRule::MEETING_TARGET, one.result.water_class, shown.target_class()));
      }
    }
    return response;
  });
}

absl::StatusOr<v1::ListWaterBodiesResponse> IndicatorsService::ListWaterBodies(
    const Call& call, const v1::ListWaterBodiesRequest& request) {
  ASSIGN_OR_RETURN(const int64_t limit, PageSize(request.page_size()));
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListWaterBodiesResponse> {
    ASSIGN_OR_RETURN(const Judging judging, JudgingFor(tx, call, request));
    const std::string identity = Identity(judging, request);
    ASSIGN_OR_RETURN(const std::string behind, KeyBehind(identity, request));
    ASSIGN_OR_RETURN(const std::vector<v1::Site> sites, judging.Sites(tx));
    v1::ListWaterBodiesResponse response;
    NameEdition(judging.edition, response);
    std::string last;
    for (auto& [key, water] : WatersOf(sites, request.basins(), request.name())) {
      if (key <= behind) continue;
      if (response.waters_size() == limit) {
        response.set_next_page_token(MakePageToken(identity, {last}));
        break;
      }
      last = key;
      for (const v1::Site* site : water.sites) {
        ASSIGN_OR_RETURN(ClassifiedSection one, judging.Classify(tx, *site));
        water.body.sections.push_back(std::move(one));
      }
      *response.add_waters() = GradeOf(judging.edition, water.body);
    }
    return response;
  });
}

}  // namespace lucid::indicators
