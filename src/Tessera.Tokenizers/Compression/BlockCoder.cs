using Tessera.Tokenizers.Coding;

namespace Tessera.Tokenizers.Compression;

/// <summary>
/// Codes a text block by block with a model that the decoder has as well. Both see the same blocks in the same order and learn the same from them. Not thread-safe.
/// </summary>
public abstract class BlockCoder
{
    /// <summary>Longest block, in bytes.</summary>
    public const int MaxBlockBytes = 1 << 18;

    /// <summary>
    /// What a decoder must have in common with the coder, by name: the kind of coder, and for a model its hash, arithmetic and kernels. At most
    /// 16 facts, none longer than 255 bytes of UTF-8.
    /// </summary>
    public abstract IReadOnlyList<KeyValuePair<string, string>> Identity { get; }

    /// <summary>How long it wants its blocks, 1 to <see cref="MaxBlockBytes"/>.</summary>
    public abstract int BlockBytes { get; }

    /// <summary>Whether it codes any bytes; what another coder can't spell is left to a <see cref="ByteMixtureCoder"/>. Default false.</summary>
    public virtual bool TakesAnyBytes => false;

    /// <summary>How much of the text at hand is to be the next block: all of it unless a better place to cut is found.</summary>
    /// <param name="text">At most <see cref="BlockBytes"/>, not empty.</param>
    /// <returns>At least 1.</returns>
    public virtual int Cut(ReadOnlySpan<byte> text) => text.Length;

    /// <summary>Codes a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="encoder">A fresh code.</param>
    /// <param name="cancellation">Ends it; the coder is then of no more use.</param>
    /// <returns>False where the block can't be spelled or its code would not be shorter: what was written is then thrown away, and the coder is as after <see cref="Skip"/>.</returns>
    public abstract bool TryEncode(ReadOnlySpan<byte> block, ArithmeticEncoder encoder, CancellationToken cancellation);

    /// <summary>Decodes a block.</summary>
    /// <param name="block">Takes the block; its length is known.</param>
    /// <param name="decoder">The code.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="MalformedInputException">No coder wrote this.</exception>
    public abstract void Decode(Span<byte> block, ArithmeticDecoder decoder, CancellationToken cancellation);

    /// <summary>Passes over a block that came another way.</summary>
    /// <param name="block">The block.</param>
    public abstract void Skip(ReadOnlySpan<byte> block);
}
