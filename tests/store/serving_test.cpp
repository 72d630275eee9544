#include <stdexcept>

#include "server/support.hpp"
#include "store/fixture.hpp"

namespace tessera::server::store::testing {
namespace {

TEST(serving, a_server_with_a_data_folder_has_it_alone) {
    const temporary_folder folder("store");
    options settings = tessera::server::testing::tiny_options();
    settings.data = folder.path();
    {
        class server running(settings);
        running.start();
        EXPECT_TRUE(std::filesystem::exists(folder.path() / database::file_name));
        try {
            class server second(settings);
            ADD_FAILURE() << "it opened the folder of another";
        } catch (const std::runtime_error& thrown) {
            EXPECT_NE(std::string(thrown.what()).find("another server has the data folder"),
                      std::string::npos);
        }
        running.stop();
    }
    EXPECT_NO_THROW(database{folder.path()});
}

}  // namespace
}  // namespace tessera::server::store::testing
