// lucid-indicators: the indicators service as a program.
#include "services/indicators/indicators_spec.h"

int main(int argc, char** argv) {
  return lucid::RunService(argc, argv, lucid::indicators::IndicatorsSpec());
}
