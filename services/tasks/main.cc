// lucid-tasks: the tasks service as a program.
#include "services/tasks/tasks_spec.h"

int main(int argc, char** argv) { return lucid::RunService(argc, argv, lucid::tasks::TasksSpec()); }
