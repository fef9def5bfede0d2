// The public pages, without login: the front page with the overview and the releases, and a release
// as a readable page, each figure with its definition, period, unit, time and number of records.
#pragma once

#include "absl/time/time.h"
#include "gateway/dashboards_service.h"
#include "gateway/gateway.h"
#include "gateway/upstreams.h"

namespace lucid::gateway {

// Adds "/", "/public/publications/{id}" and "/public/style.css", which show times in `zone`.
// `upstreams` and `dashboards` outlive the gateway.
void AddPages(Gateway& gateway, Upstreams& upstreams, DashboardsService& dashboards,
              absl::TimeZone zone);

}  // namespace lucid::gateway
