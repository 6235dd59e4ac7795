namespace Tessera.Insight.Detection;

/// <summary>
/// The mean log-probability over the bytes that zlib compresses the text to: takes off what is repetitive by itself. zlibs differ by a few
/// bytes between versions, so that scores compare within one program only.
/// </summary>
[Method("zlib", "Extracting Training Data from Large Language Models", "2012.07805", 2020, MethodStage.Insight)]
public sealed class ZlibDetector : ITextDetector
{
    /// <inheritdoc/>
    public DetectionQuestion Question => DetectionQuestion.Membership;

    /// <inheritdoc/>
    public double? Score(DetectionEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return evidence.CompressedBytes is { } bytes ? TokenMeans.LogProbability(evidence.Statistics) / bytes : null;
    }

    /// <summary>The bytes that a text compresses to, at zlib's usual level.</summary>
    /// <param name="utf8">The text.</param>
    public static int CompressedBytes(ReadOnlySpan<byte> utf8)
    {
        using var buffer = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(buffer, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(utf8);
        return (int)buffer.Length;
    }
}
