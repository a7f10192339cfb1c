// What the tests use of rocksdb-native, which comes without types.
declare module "rocksdb-native" {
  export interface RocksOptions {
    columnFamilies?: string[];
    createIfMissing?: boolean;
    writeBufferSize?: number;
    enableBlobFiles?: boolean;
    minBlobSize?: number;
    blobFileSize?: number;
  }

  export interface RocksBatch {
    tryPut(key: string, value: string): void;
    tryDelete(key: string): void;
    flush(): Promise<void>;
    destroy(): void;
  }

  export default class RocksDB {
    constructor(path: string, options?: RocksOptions);
    ready(): Promise<void>;
    columnFamily(name: string): RocksDB;
    put(key: string, value: string): Promise<void>;
    write(): RocksBatch;
    iterator(range: { capacity?: number }): AsyncIterable<{ key: Buffer; value: Buffer }>;
    flush(): Promise<void>;
    compactRange(): Promise<void>;
    close(options?: { force?: boolean }): Promise<void>;
  }
}
