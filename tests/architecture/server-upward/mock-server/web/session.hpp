#pragma once
#include "inference/model.hpp"
