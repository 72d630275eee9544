#pragma once
#include "inference/local/local_model.hpp"
