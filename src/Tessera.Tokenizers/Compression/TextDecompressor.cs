using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Tessera.Tokenizers.Coding;
using BlockKind = Tessera.Tokenizers.Compression.TextContainer.BlockKind;

namespace Tessera.Tokenizers.Compression;

/// <summary>
/// Reads a container of <see cref="TextCompressor"/>. The header comes first and says which coder is needed; another one is refused before anything is
/// decoded. A container may come from anybody: every length is checked before it is used, and every block before it is written.
/// </summary>
public sealed class TextDecompressor
{
    private readonly Stream _input;
    private readonly string _name;
    private long _at;
    private bool _done;

    private TextDecompressor(Stream input, string name)
    {
        (_input, _name) = (input, name);
        Identity = ReadHead();
        NeedsModel = Misfit(ByteMixtureCoder.Facts) is not null;
    }

    /// <summary>What the container's coder was, by name: the kind of coder, and for a model its hash, arithmetic and kernels.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Identity { get; }

    /// <summary>Whether it takes a model to decode it: the built-in coder did not write it.</summary>
    public bool NeedsModel { get; }

    /// <summary>Reads a container's header.</summary>
    /// <param name="input">The container; read from where it stands, to its end.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="MalformedInputException">It is no container, or damaged.</exception>
    /// <exception cref="UnsupportedFeatureException">It is of a later version.</exception>
    public static TextDecompressor Open(Stream input, string name = "compressed text")
    {
        ArgumentNullException.ThrowIfNull(input);
        return new TextDecompressor(input, name);
    }

    /// <summary>A fact of the coder's identity; null where it has none of that name.</summary>
    /// <param name="name">The fact's name.</param>
    public string? Fact(string name) => Identity.Where(f => f.Key == name).Select(static f => f.Value).FirstOrDefault();

    /// <summary>Decompresses the text, once.</summary>
    /// <param name="output">Takes the text, block by block.</param>
    /// <param name="coder">The coder that <see cref="Identity"/> tells of, fresh; may be null where no model is needed.</param>
    /// <param name="maxTextBytes">Longest text to write. Default: any; a small container can hold a very long text.</param>
    /// <param name="progress">Told how many bytes of text have been written.</param>
    /// <param name="cancellation">Seen within a block.</param>
    /// <returns>How long the text and the container are.</returns>
    /// <exception cref="UnsupportedFeatureException">The coder is not the container's; nothing has been written.</exception>
    /// <exception cref="MalformedInputException">The container is damaged; what has been written before the damage is the text's beginning.</exception>
    /// <exception cref="ResourceLimitException">The text is longer than allowed.</exception>
    public TextCompressionResult Decompress(Stream output, BlockCoder? coder = null, long maxTextBytes = long.MaxValue, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (_done) throw new InvalidOperationException("The container has been read.");
        if (coder is null && NeedsModel) throw new UnsupportedFeatureException(_name, "decoding without the model that coded it", $"It takes {Told(Identity)}.");
        coder ??= new ByteMixtureCoder();
        if (Misfit(coder.Identity) is { } misfit) throw new UnsupportedFeatureException(_name, "decoding here", $"The container was written with {misfit}.");
        _done = true;
        ByteMixtureCoder? bytes = null;
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var textBytes = 0L;
        Span<byte> head = stackalloc byte[1 + 4 + 4 + TextContainer.BlockHash];
        byte[] text = [], code = [];
        while (true)
        {
            Fill(head[..1]);
            if (head[0] == (byte)BlockKind.End) break;
            Fill(head[1..]);
            var kind = (BlockKind)head[0];
            var (textLength, codeLength) = (BinaryPrimitives.ReadInt32LittleEndian(head[1..]), BinaryPrimitives.ReadInt32LittleEndian(head[5..]));
            if (kind > BlockKind.CodedAsBytes || (kind == BlockKind.CodedAsBytes && coder.TakesAnyBytes)) throw Wrong($"there are no blocks of kind {head[0]} here");
            if (textLength is < 1 or > BlockCoder.MaxBlockBytes) throw Wrong($"a block has 1 to {BlockCoder.MaxBlockBytes:N0} bytes of text, not {textLength:N0}");
            if (codeLength < 0 || codeLength > textLength || (kind == BlockKind.Stored && codeLength != textLength)) throw Wrong($"{textLength:N0} bytes of text can't have {codeLength:N0} bytes of code");
            if (textBytes + textLength > maxTextBytes) throw new ResourceLimitException($"bytes of text in {_name}", textBytes + textLength, maxTextBytes);
            if (text.Length < textLength) text = new byte[textLength];
            if (code.Length < codeLength) code = new byte[codeLength];
            var block = text.AsSpan(0, textLength);
            var start = _at;
            Fill(code.AsSpan(0, codeLength));
            if (kind == BlockKind.Stored) code.AsSpan(0, codeLength).CopyTo(block);
            else (kind == BlockKind.Coded ? coder : bytes ??= new()).Decode(block, new ArithmeticDecoder(code.AsMemory(0, codeLength), $"{_name}, block at byte {start}"), cancellation);
            if (!SHA256.HashData(block).AsSpan(0, TextContainer.BlockHash).SequenceEqual(head[9..])) throw Wrong($"the checksum of the block that begins at byte {start} does not fit");
            if (kind != BlockKind.Coded) coder.Skip(block);
            if (kind == BlockKind.Stored && !coder.TakesAnyBytes) (bytes ??= new()).Skip(block);
            output.Write(block);
            whole.AppendData(block);
            textBytes += textLength;
            progress?.Report(textBytes);
        }

        Span<byte> end = stackalloc byte[sizeof(long) + SHA256.HashSizeInBytes];
        Fill(end);
        if (BinaryPrimitives.ReadInt64LittleEndian(end) != textBytes) throw Wrong($"the text should have {BinaryPrimitives.ReadInt64LittleEndian(end):N0} bytes and has {textBytes:N0}");
        if (!whole.GetHashAndReset().AsSpan().SequenceEqual(end[sizeof(long)..])) throw Wrong("the checksum of the text does not fit");
        return _input.ReadByte() < 0 ? new TextCompressionResult(textBytes, _at) : throw Wrong("there is more behind the container's end");
    }

    private List<KeyValuePair<string, string>> ReadHead()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] Next(int length)
        {
            var part = new byte[length];
            Fill(part);
            hash.AppendData(part);
            return part;
        }

        var fixedPart = Next(TextContainer.Magic.Length + 2);
        if (!fixedPart.AsSpan().StartsWith(TextContainer.Magic)) throw new MalformedInputException(_name, "byte 0", "this is no compressed text: it does not begin with TESSTEXT");
        if (fixedPart[^2] != TextContainer.Version) throw new UnsupportedFeatureException(_name, $"version {fixedPart[^2]} of the container", $"This program reads version {TextContainer.Version}.");
        if (fixedPart[^1] > TextContainer.MaxFacts) throw Wrong($"at most {TextContainer.MaxFacts} facts tell of the coder, not {fixedPart[^1]}");
        var facts = new List<KeyValuePair<string, string>>();
        for (var i = 0; i < fixedPart[^1]; i++) facts.Add(new(Encoding.UTF8.GetString(Next(Next(1)[0])), Encoding.UTF8.GetString(Next(Next(1)[0]))));
        var wanted = hash.GetHashAndReset();
        var found = new byte[TextContainer.HeadHash];
        Fill(found);
        return wanted.AsSpan(0, found.Length).SequenceEqual(found) ? facts : throw Wrong("the header's checksum does not fit");
    }

    // What of the container's coder another one does not share; null where they are alike.
    private string? Misfit(IReadOnlyList<KeyValuePair<string, string>> other)
    {
        var differing = Identity.Where(f => !other.Contains(f)).Select(f => $"{f.Key} '{f.Value}' (here: {(other.Where(o => o.Key == f.Key).Select(static o => $"'{o.Value}'").FirstOrDefault() ?? "none")})").ToList();
        if (differing.Count > 0) return string.Join(", ", differing);
        return Identity.Count == other.Count ? null : Told(Identity);
    }

    private static string Told(IEnumerable<KeyValuePair<string, string>> facts) => string.Join(", ", facts.Select(static f => $"{f.Key} '{f.Value}'"));

    private void Fill(Span<byte> part)
    {
        var read = _input.ReadAtLeast(part, part.Length, throwOnEndOfStream: false);
        _at += read;
        if (read < part.Length) throw Wrong("the container ends too early");
    }

    private MalformedInputException Wrong(string reason) => new(_name, $"byte {_at}", reason);
}
