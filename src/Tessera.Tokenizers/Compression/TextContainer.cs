using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Tessera.Tokenizers.Compression;

/// <summary>
/// The form of a compressed text. <c>TESSTEXT</c>, a version; the coder's identity as a number of facts, each a name and a value with their lengths in front
/// (a byte each); 8 bytes of the SHA-256 of all that. Then blocks: a kind, the lengths of text and code (4 bytes each, little-endian), 4 bytes of the text's
/// SHA-256, the code. Last a block of kind 0: the text's length (8 bytes) and its SHA-256. It is written and read from front to end in bounded memory.
/// </summary>
internal static class TextContainer
{
    /// <summary>Most facts of a coder's identity.</summary>
    public const int MaxFacts = 16;

    public const byte Version = 1;
    public const int HeadHash = 8, BlockHash = 4;

    public static ReadOnlySpan<byte> Magic => "TESSTEXT"u8;

    /// <summary>The header of a coder.</summary>
    /// <exception cref="ArgumentException">It has too many facts, or one that is too long.</exception>
    public static byte[] Head(IReadOnlyList<KeyValuePair<string, string>> identity)
    {
        if (identity.Count > MaxFacts) throw new ArgumentException($"A coder's identity has at most {MaxFacts} facts.", nameof(identity));
        var head = new List<byte>();
        head.AddRange(Magic);
        head.AddRange([Version, (byte)identity.Count]);
        foreach (var text in identity.SelectMany(static fact => new[] { fact.Key, fact.Value }))
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            if (utf8.Length > byte.MaxValue) throw new ArgumentException($"A fact of a coder's identity has at most {byte.MaxValue} bytes.", nameof(identity));
            head.Add((byte)utf8.Length);
            head.AddRange(utf8);
        }

        head.AddRange(SHA256.HashData(head.ToArray()).AsSpan(0, HeadHash));
        return [.. head];
    }

    /// <summary>The first bytes of a block.</summary>
    public static byte[] BlockHead(BlockKind kind, ReadOnlySpan<byte> text, int codeBytes)
    {
        var head = new byte[1 + 4 + 4 + BlockHash];
        head[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(1), text.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(5), codeBytes);
        SHA256.HashData(text).AsSpan(0, BlockHash).CopyTo(head.AsSpan(9));
        return head;
    }

    /// <summary>How a block came into a container.</summary>
    public enum BlockKind : byte
    {
        /// <summary>There are no more.</summary>
        End,

        /// <summary>As it is.</summary>
        Stored,

        /// <summary>By the coder that the header names.</summary>
        Coded,

        /// <summary>By a byte mixture, where the header's coder could not spell it.</summary>
        CodedAsBytes,
    }
}
