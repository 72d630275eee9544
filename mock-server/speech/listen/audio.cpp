#include "speech/listen/audio.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>

namespace tessera::listen {
namespace {

template <class T, void (*Free)(T**)>
struct freed {
    void operator()(T* held) const { Free(&held); }
};

// Containers of the formats that are served. Others, playlists above all, could name further files.
constexpr const char* demuxers = "mp3,mov,mp4,m4a,wav,flac,ogg,matroska,webm,mpeg,mpegts,aac";
// What is in them, of the many that FFmpeg has.
constexpr const char* codecs =
    "aac,alac,flac,mp1,mp1float,mp2,mp2float,mp3,mp3float,opus,vorbis,ac3,"
    "pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f64le,"
    "pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav";

std::string why(int code) {
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(code, text, sizeof text);
    return text;
}

void check(int code, const char* what) {
    if (code < 0) throw unreadable(std::string(what) + ": " + why(code));
}

// The bytes of a file in memory, as FFmpeg reads files.
class source {
  public:
    explicit source(std::string_view bytes) : bytes_(bytes) {
        constexpr int size = 65536;
        auto* const buffer = static_cast<unsigned char*>(av_malloc(size));
        context_ = avio_alloc_context(buffer, size, 0, this, &source::read, nullptr, &source::seek);
        if (!context_) throw std::bad_alloc();
    }
    ~source() {
        av_freep(&context_->buffer);
        avio_context_free(&context_);
    }
    source(const source&) = delete;
    source& operator=(const source&) = delete;

    AVIOContext* context() const { return context_; }

  private:
    static int read(void* self, std::uint8_t* to, int most) {
        auto& from = *static_cast<source*>(self);
        const std::size_t size =
            from.bytes_.copy(reinterpret_cast<char*>(to), static_cast<std::size_t>(most), from.at_);
        from.at_ += size;
        return size == 0 ? AVERROR_EOF : static_cast<int>(size);
    }
    static std::int64_t seek(void* self, std::int64_t to, int whence) {
        auto& from = *static_cast<source*>(self);
        const auto size = static_cast<std::int64_t>(from.bytes_.size());
        if (whence == AVSEEK_SIZE) return size;
        if (whence == SEEK_CUR) to += static_cast<std::int64_t>(from.at_);
        if (whence == SEEK_END) to += size;
        if (to < 0 || to > size) return AVERROR(EINVAL);
        from.at_ = static_cast<std::size_t>(to);
        return to;
    }

    const std::string_view bytes_;
    std::size_t at_ = 0;
    AVIOContext* context_ = nullptr;
};

class decoder {
  public:
    decoder(std::string_view file, double most_seconds)
        : most_(static_cast<std::size_t>(most_seconds * sample_rate)), source_(file) {
        AVFormatContext* opened = avformat_alloc_context();
        if (!opened) throw std::bad_alloc();
        opened->pb = source_.context();
        opened->format_whitelist = av_strdup(demuxers);
        opened->protocol_whitelist = av_strdup("");
        opened->codec_whitelist = av_strdup(codecs);
        check(avformat_open_input(&opened, nullptr, nullptr, nullptr), "it is no sound file");
        format_.reset(opened);
        check(avformat_find_stream_info(opened, nullptr), "its streams cannot be told");
        const AVCodec* codec = nullptr;
        stream_ = av_find_best_stream(opened, AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
        if (stream_ < 0) throw unreadable("it has no sound");
        context_.reset(avcodec_alloc_context3(codec));
        if (!context_) throw std::bad_alloc();
        check(avcodec_parameters_to_context(context_.get(), opened->streams[stream_]->codecpar),
              "its sound cannot be told");
        context_->thread_count = 1;
        context_->codec_whitelist = av_strdup(codecs);
        check(avcodec_open2(context_.get(), codec, nullptr), "its codec cannot be used");
    }

    std::vector<std::int16_t> run() {
        const packet_ptr packet(av_packet_alloc());
        const frame_ptr frame(av_frame_alloc());
        if (!packet || !frame) throw std::bad_alloc();
        while (av_read_frame(format_.get(), packet.get()) >= 0) {
            if (packet->stream_index == stream_) {
                // Single broken packets are skipped, as players do.
                avcodec_send_packet(context_.get(), packet.get());
                receive(frame.get());
            }
            av_packet_unref(packet.get());
        }
        avcodec_send_packet(context_.get(), nullptr);
        receive(frame.get());
        if (!resampler_) throw unreadable("none of its sound can be decoded");
        resample(nullptr);
        return std::move(samples_);
    }

  private:
    using packet_ptr = std::unique_ptr<AVPacket, freed<AVPacket, av_packet_free>>;
    using frame_ptr = std::unique_ptr<AVFrame, freed<AVFrame, av_frame_free>>;

    void receive(AVFrame* frame) {
        while (avcodec_receive_frame(context_.get(), frame) >= 0) {
            resample(frame);
            av_frame_unref(frame);
        }
    }

    // What is left in the resampler where there is no frame. A frame of another form than the one
    // before begins a resampler of its own.
    void resample(const AVFrame* frame) {
        if (frame && (frame->sample_rate <= 0 || frame->nb_samples < 0))
            throw unreadable("its sound has no rate");
        if (frame && (!resampler_ || is_new(*frame))) {
            if (resampler_) resample(nullptr);
            begin(*frame);
        }
        const int room = swr_get_out_samples(resampler_.get(), frame ? frame->nb_samples : 0);
        check(room, "its sound cannot be resampled");
        if (room == 0) return;
        const std::size_t had = samples_.size();
        if (had + static_cast<std::size_t>(room) > most_ + sample_rate)
            throw unreadable("it is longer than " + std::to_string(most_ / sample_rate) +
                             " seconds, the most that is transcribed");
        samples_.resize(had + static_cast<std::size_t>(room));
        auto* to = reinterpret_cast<std::uint8_t*>(samples_.data() + had);
        const int made =
            swr_convert(resampler_.get(), &to, room,
                        frame ? const_cast<const std::uint8_t**>(frame->extended_data) : nullptr,
                        frame ? frame->nb_samples : 0);
        check(made, "its sound cannot be resampled");
        samples_.resize(had + static_cast<std::size_t>(made));
    }

    bool is_new(const AVFrame& frame) const {
        return frame.sample_rate != rate_ || frame.format != form_ ||
               frame.ch_layout.nb_channels != channels_;
    }

    void begin(const AVFrame& frame) {
        rate_ = frame.sample_rate;
        form_ = frame.format;
        channels_ = frame.ch_layout.nb_channels;
        const auto form = static_cast<AVSampleFormat>(frame.format);
        SwrContext* made = nullptr;
        AVChannelLayout layout = {};
        if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
            av_channel_layout_default(&layout, channels_);
        else
            check(av_channel_layout_copy(&layout, &frame.ch_layout), "its channels cannot be told");
        AVChannelLayout mono = {};
        av_channel_layout_default(&mono, 1);
        const int set = swr_alloc_set_opts2(&made, &mono, AV_SAMPLE_FMT_S16, sample_rate, &layout,
                                            form, rate_, 0, nullptr);
        av_channel_layout_uninit(&layout);
        check(set, "its sound cannot be resampled");
        resampler_.reset(made);
        check(swr_init(made), "its sound cannot be resampled");
    }

    const std::size_t most_;
    const source source_;
    std::unique_ptr<AVFormatContext, freed<AVFormatContext, avformat_close_input>> format_;
    std::unique_ptr<AVCodecContext, freed<AVCodecContext, avcodec_free_context>> context_;
    std::unique_ptr<SwrContext, freed<SwrContext, swr_free>> resampler_;
    int stream_ = -1;
    int rate_ = 0, form_ = 0, channels_ = 0;  // of the resampler's input
    std::vector<std::int16_t> samples_;
};

}  // namespace

std::vector<std::int16_t> decode(std::string_view file, double most_seconds) {
    av_log_set_level(AV_LOG_QUIET);
    return decoder(file, most_seconds).run();
}

}  // namespace tessera::listen
