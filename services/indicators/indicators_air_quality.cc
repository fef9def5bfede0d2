// The air quality index, day by day.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/page.h"
#include "services/base/records.h"
#include "services/base/region.h"
#include "services/indicators/indicators_air_evaluation.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_standards_store.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

// Whether a region has one air: a city or a county, not a province, but a municipality.
bool IsCity(absl::string_view region) {
  constexpr absl::string_view kMunicipalities[] = {"110000", "120000", "310000", "500000"};
  return !absl::EndsWith(region, "0000") || absl::c_linear_search(kMunicipalities, region);
}

absl::Status CheckShape(const v1::ListAirQualityRequest& request) {
  FieldErrors errors;
  CheckDay(errors, "from_day", request.from_day(), true);
  CheckDay(errors, "to_day", request.to_day(), false);
  if (!request.to_day().empty() && request.to_day() < request.from_day()) {
    errors.Add("to_day", "must not come before from_day");
  }
  if (request.region().empty() == request.site_id().empty()) {
    errors.Add("region", "or site_id must be given, not both");
  } else if (!request.region().empty()) {
    absl::Status region = CheckRegion("region", request.region());
    errors.Add("", region);
    if (region.ok() && !IsCity(request.region()))
      errors.Add("region", "must be a city or a county");
  } else if (request.set() != v1::AssessmentSet::LEVEL_UNSPECIFIED) {
    errors.Add("set", "belongs to a region");
  }
  return errors.status();
}

// The days of one page, of those that have ended.
struct DayPage {
  std::string identity;
  absl::CivilDay from;
  absl::CivilDay to;
  bool more = false;
};
absl::StatusOr<DayPage> ReadDayPage(const Call& call, const v1::ListAirQualityRequest& request) {
  ASSIGN_OR_RETURN(int64_t size, PageSize(request.page_size()));
  DayPage page;
  page.identity = absl::StrCat("air_quality|", call.actor.subject, "|", request.region(), "|",
                               request.site_id(), "|", int{request.set()}, "|", request.from_day(),
                               "|", request.to_day(), "|", request.edition());
  ASSIGN_OR_RETURN(page.from, ParseDay(request.from_day()));
  absl::CivilDay last = call.today - 1;
  if (!request.to_day().empty()) {
    ASSIGN_OR_RETURN(absl::CivilDay asked, ParseDay(request.to_day()));
    last = std::min(last, asked);
  }
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(std::vector<std::string> after,
                     ReadPageToken(page.identity, request.page_token()));
    absl::StatusOr<absl::CivilDay> day = ParseDay(after.size() == 1 ? after[0] : "");
    if (!day.ok()) return InvalidField("page_token", "was not given out for this query");
    page.from = *day + 1;
  }
  page.to = std::min(last, page.from + size - 1);
  page.more = page.to < last;
  return page;
}

// The station, or those of the set in the region.
absl::StatusOr<std::vector<v1::Site>> SitesOfRequest(Tx& tx, const Call& call,
                                                     const v1::ListAirQualityRequest& request) {
  v1::SiteSelection selection;
  selection.set_kind(v1::Site::AIR_STATION);
  selection.set_set(request.set());
  if (request.site_id().empty()) return SelectSites(tx, request.region(), selection);
  ASSIGN_OR_RETURN(v1::Site site, FindFor<v1::Site>(tx, call, request.site_id()));
  if (site.kind() != v1::Site::AIR_STATION) {
    return InvalidField("site_id", "must be an AIR_STATION");
  }
  return std::vector<v1::Site>{std::move(site)};
}

}  // namespace

absl::StatusOr<v1::ListAirQualityResponse> IndicatorsService::ListAirQuality(
    const Call& call, const v1::ListAirQualityRequest& request) {
  RETURN_IF_ERROR(CheckShape(request));
  ASSIGN_OR_RETURN(DayPage page, ReadDayPage(call, request));
  v1::ListAirQualityResponse response;
  if (page.to < page.from) return response;
  const Period period{page.from, page.to, page.to};
  return db_.Read([&](Tx& tx) -> absl::StatusOr<v1::ListAirQualityResponse> {
    ASSIGN_OR_RETURN(const std::vector<Edition> editions, LoadEditions(tx));
    if (!request.edition().empty() &&
        !FindEdition(kIndexStandard, page.to, request.edition(), editions).ok()) {
      return InvalidField("edition", "must be a recorded edition of HJ 633, such as 2012");
    }
    ASSIGN_OR_RETURN(const std::vector<v1::Site> sites, SitesOfRequest(tx, call, request));
    ASSIGN_OR_RETURN(const std::vector<StationAir> stations,
                     LoadAir(tx, sites, request.set(), period, editions));
    const AirDays values = request.site_id().empty()
                               ? CityAir(stations, period, AirStatisticsOn(period.to, editions))
                               : stations[0].days;
    v1::ListAirQualityResponse days;
    for (v1::AirQuality& day : IndexDays(values, page.from, page.to, request.edition(), editions)) {
      day.set_region(request.region());
      day.set_site_id(request.site_id());
      *days.add_days() = std::move(day);
    }
    if (page.more) days.set_next_page_token(MakePageToken(page.identity, {FormatDay(page.to)}));
    return days;
  });
}

}  // namespace lucid::indicators
